// Publishes a customer, a visit and an invoice: go run . [row version]. See docs/publishing.md.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"servicehub.example/publish/connection"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	version := int64(1) // in ServiceHub: the version column of the row
	if len(os.Args) > 1 {
		version, _ = strconv.ParseInt(os.Args[1], 10, 64)
	}
	events, err := records(version)
	if err != nil {
		return err
	}
	options, err := connection.Options()
	if err != nil {
		return err
	}
	// What franz-go does by itself is what the portal needs: idempotent, acks from all, murmur2 of the key.
	client, err := kgo.NewClient(options...)
	if err != nil {
		return err
	}
	defer client.Close()
	return publish(client, events)
}

func records(version int64) ([]*kgo.Record, error) {
	now := time.Now()
	var all []*kgo.Record
	for _, event := range []struct {
		kind  string
		state State
	}{
		{"servicehub.CustomerRegistered.v1", customer},
		{"servicehub.AppointmentScheduled.v1", visit},
		{"servicehub.InvoiceIssued.v1", invoice},
	} {
		each, err := record(event.kind, event.state, version, now)
		if err != nil {
			return nil, err
		}
		all = append(all, each)
	}
	return all, nil
}

func publish(client *kgo.Client, records []*kgo.Record) error {
	// An idempotent producer retries for ever, so the time is ours to limit.
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := client.Ping(ctx); err != nil {
		return fmt.Errorf("Kafka cannot be reached: %w", err)
	}
	if err := client.ProduceSync(ctx, records...).FirstErr(); err != nil {
		return fmt.Errorf("Kafka did not confirm everything; publish it again: %w", err)
	}
	for _, sent := range records {
		fmt.Printf("%s %s -> %s, partition %d, offset %d\n",
			sent.Headers[2].Value, sent.Key, sent.Topic, sent.Partition, sent.Offset)
	}
	fmt.Println("Sign in as go@mail.example to see them.")
	return nil
}
