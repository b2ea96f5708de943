// SPDX-License-Identifier: MIT
// Usage: node check_document.mjs DOCUMENT. Exits with 1, and says why, unless the file is a valid OpenAPI 3.1 document.
import { Validator } from "@seriousme/openapi-schema-validator";

const validator = new Validator();
const result = await validator.validate(process.argv[2]);
if (!result.valid) console.log(JSON.stringify(result.errors, null, 1));
else if (validator.version !== "3.1") console.log(`the document has OpenAPI version ${validator.version}`);
process.exitCode = result.valid && validator.version === "3.1" ? 0 : 1;
