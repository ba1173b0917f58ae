// Judges quotes with npm's @phala/dcap-qvl, for test_differ.py.
//
//	node verify.mjs FOLDER	FOLDER/node_modules has the package
//
// Standard input: a line for each quote, JSON: [FACTS,COLLATERAL] as
// world_print in worlds.h writes them. Standard output: for each a line of
// JSON, {"tcb_status","advisory_ids"} when it is accepted, else {"error"}.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { resolve } from 'node:path';

const load = createRequire(resolve(process.argv[2], 'package.json'));

// Most worlds have most of their certificates in common, and reading those is
// half of the work.
const crypto = load('crypto');
const { X509Certificate } = crypto;
const certificates = new Map();
crypto.X509Certificate = function (pem) {
  if (!certificates.has(pem)) {
    certificates.set(pem, new X509Certificate(pem));
  }
  return certificates.get(pem);
};

// It reads SGX quotes of versions 4 and 5 whole and then refuses them for their
// version. Without that sentence it judges them as the others.
const Module = load('module');
const compile = Module.prototype._compile;
const SGX_RULE = 'TEE_TYPE_SGX && quote.header.version != 3';
Module.prototype._compile = function (text, path) {
  if (path.endsWith('/@phala/dcap-qvl/src/verify.js')) {
    if (!text.includes(SGX_RULE)) {
      throw new Error(`${path}: another rule for versions of SGX quotes`);
    }
    text = text.replace(SGX_RULE, 'TEE_TYPE_SGX && false');
  }
  return compile.call(this, text, path);
};

const { QuoteVerifier } = load('@phala/dcap-qvl');

const FIELDS = [
  'pck_crl_issuer_chain', 'root_ca_crl', 'pck_crl',
  'tcb_info_issuer_chain', 'tcb_info', 'tcb_info_signature',
  'qe_identity_issuer_chain', 'qe_identity', 'qe_identity_signature',
];

function derOfPem(pem) {
  return Buffer.from(pem.replace(/-----[^-]*-----/g, ''), 'base64');
}

function judge([facts, given]) {
  const verifier = facts.root_pem === null ? QuoteVerifier.newProd() :
    QuoteVerifier.newWithRootCa(derOfPem(facts.root_pem));
  // Nothing else, such as a PCK chain beside the quote's.
  const collateral = Object.fromEntries(
    FIELDS.map((field) => [field, given[field]]));
  const report = verifier.verify(
    Buffer.from(facts.quote, 'hex'), collateral, facts.at);
  return { tcb_status: report.status, advisory_ids: report.advisory_ids };
}

for await (const line of createInterface({ input: process.stdin })) {
  const given = JSON.parse(line);
  let answer;
  try {
    answer = judge(given);
  } catch (e) {
    const cause = e.cause === undefined ? '' : `: ${e.cause.message}`;
    answer = { error: `${e.message}${cause}` };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
