// Books what customers pay: go run ./payments [file]. See docs/reading-payments.md.
package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"servicehub.example/publish/connection"
)

const topic = "portal.payments.v1"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := follow(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// follow reads from where the group stopped, until it is told to end.
func follow(ctx context.Context) error {
	file := "payments.json"
	if len(os.Args) > 1 {
		file = os.Args[1]
	}
	books, err := open(file)
	if err != nil {
		return err
	}
	client, err := consumer(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	for {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if errs := fetches.Errors(); len(errs) > 0 {
			return errs[0].Err
		}
		fetches.EachRecord(func(record *kgo.Record) {
			// One that cannot be read is named, and does not stop the others.
			if err := books.book(record); err != nil {
				fmt.Fprintf(os.Stderr, "%s[%d]@%d is left out: %v\n", topic, record.Partition, record.Offset, err)
			}
		})
		if fetches.NumRecords() == 0 {
			continue
		}
		if err := books.save(); err != nil {
			return err
		}
		// After the ledger: a crash in between repeats, and loses nothing.
		if err := client.CommitUncommittedOffsets(context.WithoutCancel(ctx)); err != nil {
			return err
		}
	}
}

func consumer(ctx context.Context) (*kgo.Client, error) {
	options, err := connection.Options()
	if err != nil {
		return nil, err
	}
	client, err := kgo.NewClient(append(options,
		kgo.ConsumeTopics(topic),
		kgo.ConsumerGroup(cmp.Or(os.Getenv("KAFKA_GROUP"), "servicehub-core")),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),      // what was aborted never happened
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), // a new group begins with the first payment
		kgo.SessionTimeout(10*time.Second),                // so soon its partitions go to another process when it was killed
		kgo.RebalanceTimeout(10*time.Second),
		kgo.DisableAutoCommit(), // only what is booked counts as read
	)...)
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := client.Ping(limited); err != nil {
		client.Close()
		return nil, fmt.Errorf("Kafka cannot be reached: %w", err)
	}
	return client, nil
}
