import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import * as z from "zod";
import { createKeyAndRequest } from "../../device/credentials/signingRequest.ts";
import { readFileIfExists, syncFolder, writeDurably } from "../bulk/durable.ts";
import type { Command } from "../command.ts";
import { pages } from "../pages.ts";
import { planOrAct } from "../runWithPlan.ts";
import { textOf } from "../textOf.ts";
import { UsageError } from "../usageError.ts";

const made = z.looseObject({
  id: z.string(),
  product: z.number(),
  certificate: z.string(),
  ca: z.string(),
  pending_regions: z.array(z.string()),
});

const words = "claim-certificate";

/** Creates a claim certificate. */
export const addClaimCertificate: Command = {
  words: `${words} add`,
  argument: "PRODUCT",
  summary: "create a certificate with which new devices of a product provision themselves",
  options: {
    out: {
      value: "DIR",
      description: "write claim.json for devices to this folder, readable by you only",
    },
    prefix: { value: "TEXT", description: "accept only serial numbers with this prefix" },
  },
  async run(product, options, { invoke, say }) {
    const out = textOf(options.out);
    if (out === undefined) throw new UsageError(`${words} add needs --out DIR.`);
    const folder = resolve(out);
    const file = join(folder, "claim.json");
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if ((await readFileIfExists(file)) !== undefined) {
      throw new UsageError(
        `${file} already exists: use another folder for each claim certificate.`,
      );
    }
    const { privateKey, csr } = await createKeyAndRequest();
    const request = { product, csr, prefix: textOf(options.prefix) };
    const { pending_regions, ...claim } = made.parse(await invoke({ addClaim: request }));
    await writeDurably(file, `${JSON.stringify({ ...claim, privateKey }, null, 2)}\n`);
    await syncFolder(folder);
    say(`wrote ${file}`);
    return { id: claim.id, product: claim.product, pending_regions };
  },
};

/** Lists claim certificates. */
export const listClaimCertificates: Command = {
  words: `${words} list`,
  argument: "PRODUCT",
  summary: "list the claim certificates of a product",
  options: {},
  run: (product, _, { invoke }) => pages(() => invoke({ listClaims: { product } })),
};

/** Revokes a claim certificate. */
export const endClaimCertificate: Command = {
  words: `${words} end`,
  argument: "ID",
  summary: "revoke a claim certificate; devices that it provisioned are not affected",
  dangerous: true,
  options: {},
  run: planOrAct(
    (id) => ({ describeClaim: { id } }),
    (id) => ({ endClaim: { id } }),
  ),
};

/** Registers the claim certificates of a product in all regions again. */
export const alignClaimCertificates: Command = {
  words: `${words} align`,
  argument: "PRODUCT",
  summary:
    "register a product's claim certificates in every region again, for example in a new one",
  options: {},
  run: (product, _, { invoke }) => pages(() => invoke({ alignClaims: { product } })),
};
