package main

import "time"

var (
	today     = time.Now().UTC()
	nextWeek  = today.AddDate(0, 0, 7).Truncate(24 * time.Hour)
	nextMonth = today.AddDate(0, 1, 0)
)

// A new customer of the demo business Sparkle Home, a visit and an invoice.
var (
	customer = State{
		"business_id":   "biz-sparkle",
		"customer_id":   "c-go",
		"display_name":  "Go Example",
		"kind":          "person",
		"locale":        "en",
		"portal_access": true,
		"contacts":      []State{{"contact_id": "p-go", "name": "Go Example", "email": "go@mail.example"}},
	}

	visit = State{
		"business_id":    "biz-sparkle",
		"appointment_id": "visit-go-1",
		"customer_id":    "c-go",
		"status":         "scheduled",
		"service":        State{"name": "Carpet cleaning", "items": []string{"Stairs", "Hall"}},
		"window": State{ // any offset will do: the page shows it in the zone of the site
			"start":     nextWeek.Add(15 * time.Hour).Format(time.RFC3339),
			"end":       nextWeek.Add(17 * time.Hour).Format(time.RFC3339),
			"time_zone": "America/New_York",
		},
		"staff": []State{{"staff_id": "s-1", "name": "Maria Reyes"}},
	}

	invoice = State{
		"business_id":        "biz-sparkle",
		"invoice_id":         "inv-go-1",
		"number":             "G-1",
		"customer_id":        "c-go",
		"status":             "open",
		"issued_on":          today.Format(time.DateOnly),
		"due_on":             nextMonth.Format(time.DateOnly),
		"currency":           "USD",
		"prices_include_tax": false,
		"lines": []State{ // $120.00 and $45.00
			{"description": "Carpets, rooms", "quantity": "3", "unit_price": 4000, "amount": 12000, "tax_rate": "8"},
			{"description": "Stairs, half hours", "quantity": "1.5", "unit_price": 3000, "amount": 4500, "tax_rate": "8"},
		},
		"tax_groups":        []State{{"rate": "8", "net": 16500, "tax": 1320}}, // tax is rounded once for each rate
		"total":             17820,
		"recorded_payments": []State{},
		"issuer":            State{"legal_name": "Sparkle Home LLC"},
	}
)
