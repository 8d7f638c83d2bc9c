import { expect, it } from "vitest";
import { type Answer, fakeApi } from "../support/fakeApi.ts";
import { newFolder, runCommand } from "../support/runCommand.ts";

const commands = [
  "devices list",
  "devices get lamp",
  "devices call lamp led on",
  "devices revoke lamp --yes",
  "devices provision lamp --out FOLDER",
  "integrations list",
  "integrations get one",
  "integrations test one",
  "integrations preview one",
  "integrations logs one",
  "integrations enable one",
  "dead-letters list one",
  "dead-letters replay one --plan",
  "dead-letters replay one --yes",
  "usage",
  "usage --by device",
  "usage limits",
  "usage notices",
  "status",
  "publish temperature 21",
  "products list",
  "firmware list --product 7",
  "firmware delete 1 --yes --product 7",
  "releases list --product 7",
  "releases create 1 --all --yes --product 7",
  "releases get one --product 7",
  "releases watch one --product 7",
  "releases halt one --product 7",
  "releases devices one --product 7",
  "releases why lamp --product 7",
  "groups list --product 7",
  "groups delete beta --yes --product 7",
  "groups add beta lamp --product 7",
];

/** JSON that another server may answer to each request. */
const bodies: readonly unknown[] = [
  {},
  [],
  [1],
  { ok: true },
  { message: "Hello" },
  { devices: [{}], integrations: [{}], attempts: [{}], dead_letters: [null], job: {}, product: {} },
  {
    products: [{}],
    releases: [{}],
    groups: [null],
    group: {},
    release: {},
    waves: [],
    conflicts: [],
  },
  { release: { id: "one" }, group: { name: "beta" }, waves: [{}], conflicts: [{}], device: {} },
];

it.each(commands)(
  "%s says that another server is no cloud, and prints no undefined",
  async (line) => {
    for (const body of bodies) {
      const words = line.replace("FOLDER", newFolder()).split(" ");
      const answers = new Proxy<Record<string, Answer>>({}, { get: () => ({ body }) });
      const { api } = await fakeApi(answers);
      const environment = { GODWIT_API: api, GODWIT_TOKEN: "secret" };
      const { stdout, stderr, exit } = await runCommand(words, { environment });
      expect(`${stdout}${stderr}`).not.toMatch(/undefined|NaN|Invalid|\[object/);
      // The versions of a product without one.
      if (line.startsWith("firmware list") && Array.isArray(body)) continue;
      if (Object.keys(Object(body)).length === 0) expect(exit).not.toBe(0);
    }
  },
);
