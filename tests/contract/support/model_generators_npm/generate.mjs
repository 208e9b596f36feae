// Models in TypeScript and Java from the AsyncAPI document on stdin, into the folder that is named:
// node generate.mjs FOLDER. Prints their names, by language, as JSON.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { JavaGenerator, TypeScriptGenerator } from "@asyncapi/modelina";

const [, , folder] = process.argv;
const document = readFileSync(0, "utf8");
const asSent = { String: () => "string" }; // a time on the wire is text
const languages = {
  ts: [
    new TypeScriptGenerator({
      modelType: "interface",
      enumType: "union",
      rawPropertyNames: true,
      mapType: "record",
      typeMapping: asSent,
    }),
    { exportType: "named" },
  ],
  java: [new JavaGenerator({ collectionType: "List" }), { packageName: "events" }],
};

const names = {};
for (const [extension, [generator, options]] of Object.entries(languages)) {
  const models = await generator.generateCompleteModels(document, options);
  mkdirSync(join(folder, extension), { recursive: true });
  for (const { modelName, result } of models) writeFileSync(join(folder, extension, `${modelName}.${extension}`), result);
  names[extension] = models.map(({ modelName }) => modelName);
}
console.log(JSON.stringify(names));
