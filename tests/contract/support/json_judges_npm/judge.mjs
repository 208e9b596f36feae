// Two judges that are not ours. Reads a job as JSON from stdin, writes what they object to as JSON.
//   {"asyncapi": "<document>"}                          → [{"severity": 0, "code": …, "message": …, "path": …}]
//   {"schemas": {name: schema}, "values": [[name, …]]}  → for each value whether its schema takes it, as text
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(`${process.argv[2]}/package.json`);

async function asyncapi(text) {
  const { Parser } = require("@asyncapi/parser");
  const { document, diagnostics } = await new Parser().parse(text);
  const found = diagnostics.map(({ severity, code, message, path }) => ({ severity, code, message, path: path.join("/") }));
  return document ? [...found, ...document.allMessages().all().flatMap(examples)] : found;
}

// The parser leaves the examples of AsyncAPI 3 unchecked, so each is held against its message here.
function examples(message) {
  const ajv = judge("ajv", { strict: false });
  return message.examples().all().flatMap((example) =>
    [[message.payload(), example.payload()], [message.headers(), example.headers()]]
      .filter(([schema, value]) => !ajv.validate(schema.json(), value))
      .map(() => ({ severity: 0, code: "example", message: ajv.errorsText(), path: message.id() })),
  );
}

function judge(kind, options) {
  const ajv = new (require(kind).default)({ allErrors: true, ...options });
  require("ajv-formats").default(ajv);
  return ajv;
}

function validate(schemas, values) {
  const ajv = judge("ajv/dist/2020", { strict: true });
  ajv.addKeyword("x-money");
  const compiled = Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, ajv.compile(schema)]));
  return values.map(([name, value]) => (compiled[name](value) ? "" : ajv.errorsText(compiled[name].errors)));
}

const job = JSON.parse(readFileSync(0, "utf8"));
const answer = "asyncapi" in job ? await asyncapi(job.asyncapi) : validate(job.schemas, job.values);
process.stdout.write(JSON.stringify(answer));
