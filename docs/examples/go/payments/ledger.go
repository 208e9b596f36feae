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
	Tip         *struct {
		Amount  int64
		Refunds []struct {
			Amount int64
			Status string
		}
	}
	Refunds       []struct{ Allocations []share }
	Dispute       *dispute
	OtherDisputes []dispute `json:"other_disputes"`
	Review        *struct{ Reason string }
	Movements     []movement
}

type dispute struct {
	Status      string
	Allocations []share
	Tip         int64
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

// bookings returns everything that a payment has moved, by invoice; a tip by none. The whole list, each time.
func bookings(state payment) []booking {
	entries := []booking{}
	add := func(kind string, parts []share) {
		for _, part := range parts {
			entries = append(entries, booking{kind, part.InvoiceID, part.Amount, state.Currency})
		}
	}
	if state.Status == "captured" && state.Review == nil {
		add("received", state.Allocations)
		if state.Tip != nil {
			add("tip", []share{{"", state.Tip.Amount}})
		}
	}
	for _, refund := range state.Refunds {
		add("refunded", refund.Allocations)
	}
	if state.Tip != nil {
		for _, refund := range state.Tip.Refunds {
			if refund.Status == "succeeded" {
				add("tip refunded", []share{{"", refund.Amount}})
			}
		}
	}
	disputes := state.OtherDisputes
	if state.Dispute != nil {
		disputes = append(disputes, *state.Dispute)
	}
	for _, dispute := range disputes {
		if dispute.Status == "lost" {
			add("lost", dispute.Allocations)
			if dispute.Tip > 0 {
				add("tip lost", []share{{"", dispute.Tip}})
			}
		}
	}
	return entries
}
