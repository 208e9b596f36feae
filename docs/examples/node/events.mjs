// A new customer of the demo business Sparkle Home, a visit and an invoice.
const DAY = 24 * 60 * 60 * 1000;
const ids = { business_id: "biz-sparkle", customer_id: "c-node" };
const later = (days) => new Date(Date.now() + days * DAY);
const day = (date) => date.toISOString().slice(0, 10);
const at = (date, clock) => `${day(date)}T${clock}Z`;

export const customer = {
  ...ids,
  display_name: "Node Example",
  kind: "person",
  locale: "en",
  portal_access: true,
  contacts: [{ contact_id: "p-node", name: "Node Example", email: "node@mail.example" }],
};

export const visit = {
  ...ids,
  appointment_id: "visit-node-1",
  status: "scheduled",
  service: { name: "Oven cleaning", items: ["Racks", "Extractor hood"] },
  window: {
    start: at(later(7), "15:00:00"), // any offset will do: the page shows it in the zone of the site
    end: at(later(7), "17:00:00"),
    time_zone: "America/New_York",
  },
  staff: [{ staff_id: "s-1", name: "Maria Reyes" }],
};

export const invoice = {
  ...ids,
  invoice_id: "inv-node-1",
  number: "N-1",
  status: "open",
  issued_on: day(later(0)),
  due_on: day(later(30)),
  currency: "USD",
  prices_include_tax: false,
  lines: [
    { description: "Oven cleaning", quantity: "1", unit_price: 9500, amount: 9500, tax_rate: "8" }, // $95.00
    { description: "Descaling, half hours", quantity: "1.5", unit_price: 3000, amount: 4500, tax_rate: "8" },
  ],
  tax_groups: [{ rate: "8", net: 14000, tax: 1120 }], // tax is rounded once for each rate
  total: 15120,
  recorded_payments: [],
  issuer: { legal_name: "Sparkle Home LLC" },
};
