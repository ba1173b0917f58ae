// How many quotes npm's @phala/dcap-qvl verifies a second on one core.
//
//	node qvl.mjs FOLDER SECONDS <QUOTE.json
//
// FOLDER/node_modules has the package. Standard input: {"quote": hex, "root":
// DER in base64, "at": seconds since 1970, "collateral": the nine fields}.
// Standard output: {"rate"}, by this process's time on a processor.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const load = createRequire(resolve(process.argv[2], 'package.json'));
const { QuoteVerifier } = load('@phala/dcap-qvl');
const seconds = Number(process.argv[3]);
const given = JSON.parse(readFileSync(0, 'utf8'));
const quote = Buffer.from(given.quote, 'hex');
const verifier =
  QuoteVerifier.newWithRootCa(Buffer.from(given.root, 'base64'));

function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function verify(until) {
  const begin = cpuSeconds();
  let number = 0;
  while (number < 3 || cpuSeconds() < begin + until) {
    const report = verifier.verify(quote, given.collateral, given.at);
    if (report.status !== 'UpToDate') {
      throw new Error(`status ${report.status}`);
    }
    number += 1;
  }
  return number / (cpuSeconds() - begin);
}

verify(seconds / 2); // warm, compiled
process.stdout.write(`${JSON.stringify({ rate: verify(seconds) })}\n`);
