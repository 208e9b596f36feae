package main

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Where the contract lies, seen from this folder.
const contract = "../../../libs/events"

// State is the full state of a customer, a visit or an invoice.
type State = map[string]any

// topic is what we need of an entry of topics.json.
type topic struct {
	Name   string
	Key    string // {business_id}/{invoice_id}
	Source string
	Events []string
}

// record returns an event as the Kafka record that carries it. The type reads like
// "servicehub.InvoiceIssued.v1", the sequence is the row version: from 1, higher with each event of the
// aggregate. It is an error if the schema of the type does not take the state.
func record(eventType string, state State, sequence int64, at time.Time) (*kgo.Record, error) {
	to, err := topicOf(eventType)
	if err != nil {
		return nil, err
	}
	if sequence < 1 {
		return nil, fmt.Errorf("%s: a sequence is a number from 1", eventType)
	}
	value, err := json.Marshal(state)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", eventType, err)
	}
	if err := validate(eventType, value); err != nil {
		return nil, fmt.Errorf("%s: %w", eventType, err)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	trace := make([]byte, 24) // where you have a tracer: the context of the current span
	if _, err := rand.Read(trace); err != nil {
		return nil, err
	}
	_, field, _ := strings.Cut(strings.Trim(to.Key, "{}"), "}/{")
	business, subject := fmt.Sprint(state["business_id"]), fmt.Sprint(state[field])
	return &kgo.Record{
		Topic: to.Name,
		Key:   []byte(business + "/" + subject),
		Value: value,
		Headers: []kgo.RecordHeader{
			{Key: "ce_specversion", Value: []byte("1.0")},
			{Key: "ce_id", Value: []byte(id.String())},
			{Key: "ce_type", Value: []byte(eventType)},
			{Key: "ce_source", Value: []byte(to.Source)},
			{Key: "ce_subject", Value: []byte(subject)},
			{Key: "ce_time", Value: []byte(at.Format(time.RFC3339Nano))},
			{Key: "ce_businessid", Value: []byte(business)},
			{Key: "ce_sequence", Value: []byte(strconv.FormatInt(sequence, 10))},
			{Key: "traceparent", Value: fmt.Appendf(nil, "00-%x-%x-01", trace[:16], trace[16:])},
			{Key: "content-type", Value: []byte("application/json")},
		},
	}, nil
}

func topicOf(eventType string) (topic, error) {
	text, err := os.ReadFile(filepath.Join(contract, "topics.json"))
	if err != nil {
		return topic{}, fmt.Errorf("run this in docs/examples/go of a clone: %w", err)
	}
	var topics []topic
	if err := json.Unmarshal(text, &topics); err != nil {
		return topic{}, err
	}
	for _, each := range topics {
		if slices.Contains(each.Events, eventType) {
			return each, nil
		}
	}
	return topic{}, fmt.Errorf("no topic has events of type %s", eventType)
}
