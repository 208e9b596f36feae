package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
)

// payment is what booking needs of a payment's state.
type payment struct {
	Status      string
	Currency    string
	Allocations []share
	Refunds     []struct{ Allocations []share }
	Dispute     *struct {
		Status      string
		Allocations []share
	}
	Review    *struct{ Reason string }
	Movements []movement
}

// movement is what Stripe's balance shows of a charge, refund or dispute, and the payout once there is one.
type movement struct {
	ID       string  `json:"movement_id"`
	Kind     string  `json:"kind"`
	Amount   int64   `json:"amount"`
	Fee      int64   `json:"fee"`
	Net      int64   `json:"net"`
	Currency string  `json:"currency"`
	PayoutID *string `json:"payout_id"`
}

type share struct {
	InvoiceID string `json:"invoice_id"`
	Amount    int64
}

type booking struct {
	Kind      string `json:"kind"`
	InvoiceID string `json:"invoice_id"`
	Amount    int64  `json:"amount"`
	Currency  string `json:"currency"`
}

type booked struct {
	Sequence int64     `json:"sequence"`
	Status   string    `json:"status"`
	Bookings []booking `json:"bookings"`

	Movements []movement `json:"movements"`
}

// ledger holds each payment at its highest sequence, with the bookings that follow from its state, in one file.
type ledger struct {
	file     string
	payments map[string]booked
}

func open(file string) (*ledger, error) {
	books := &ledger{file, map[string]booked{}}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return books, nil
	}
	if err != nil {
		return nil, err
	}
	return books, json.Unmarshal(text, &books.payments)
}

// save writes everything, whole or not at all. In ServiceHub: commit the transaction.
func (books *ledger) save() error {
	text, err := json.MarshalIndent(books.payments, "", " ")
	if err != nil {
		return err
	}
	file, err := os.Create(books.file + ".new")
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), books.file)
}

// book replaces the payment, bookings and all, unless this sequence or a higher one is booked already.
func (books *ledger) book(record *kgo.Record) error {
	headers := map[string]string{}
	for _, header := range record.Headers {
		headers[header.Key] = string(header.Value)
	}
	sequence, err := strconv.ParseInt(headers["ce_sequence"], 10, 64)
	if err != nil {
		return err
	}
	key := string(record.Key)
	if known, found := books.payments[key]; found && known.Sequence >= sequence {
		return nil
	}
	var state payment
	if err := json.Unmarshal(record.Value, &state); err != nil {
		return err
	}
	entries := bookings(state)
	books.payments[key] = booked{sequence, state.Status, entries, state.Movements}
	text, err := json.Marshal(entries)
	fmt.Printf("%s v%d %s: %s\n", key, sequence, strings.Split(headers["ce_type"], ".")[1], text)
	return err
}

// bookings returns everything that a payment has moved, by invoice; the whole list, each time.
func bookings(state payment) []booking {
	entries := []booking{}
	add := func(kind string, parts []share) {
		for _, part := range parts {
			entries = append(entries, booking{kind, part.InvoiceID, part.Amount, state.Currency})
		}
	}
	if state.Status == "captured" && state.Review == nil {
		add("received", state.Allocations)
	}
	for _, refund := range state.Refunds {
		add("refunded", refund.Allocations)
	}
	if state.Dispute != nil && state.Dispute.Status == "lost" {
		add("lost", state.Dispute.Allocations)
	}
	return entries
}
