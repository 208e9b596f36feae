package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// security returns TLS and SCRAM-SHA-512 if KAFKA_USERNAME is set, and nothing for the local stack.
func security() ([]kgo.Opt, error) {
	user := os.Getenv("KAFKA_USERNAME")
	if user == "" {
		return nil, nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if file := os.Getenv("KAFKA_CA_FILE"); file != "" {
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate", file)
		}
	}
	login := scram.Auth{User: user, Pass: os.Getenv("KAFKA_PASSWORD")}
	return []kgo.Opt{kgo.DialTLSConfig(config), kgo.SASL(login.AsSha512Mechanism())}, nil
}
