// Validates each file by the JSON schema of HAR 1.2; the first error goes to standard error.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const Ajv = require('ajv');
const ajv = new Ajv({ schemas: Object.values(require('har-schema')), meta: require('ajv/lib/refs/json-schema-draft-06.json'), format: 'full', unknownFormats: [], logger: false });

for (const file of process.argv.slice(2)) {
  if (!ajv.validate('har.json#', JSON.parse(readFileSync(file, 'utf8')))) {
    console.error(`${file}: ${ajv.errorsText()}`);
    process.exitCode = 1;
  }
}
