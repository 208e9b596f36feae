// Package connection says where Kafka is, and how it is spoken to: what both programs take from the environment.
package connection

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// Options returns the brokers, and how to speak to them.
func Options() ([]kgo.Opt, error) {
	brokers := kgo.SeedBrokers(strings.Split(cmp.Or(os.Getenv("KAFKA_BOOTSTRAP"), "localhost:9092"), ",")...)
	secured, err := security()
	return append(secured, brokers, kgo.ClientID("servicehub-core")), err
}

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
