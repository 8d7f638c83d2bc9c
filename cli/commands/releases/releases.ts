import { visible } from "../../../shared/platform/visibleText.ts";
import type { ListedRelease } from "../../cloud/bodies.ts";
import { readPages } from "../../cloud/readPages.ts";
import type { Command } from "../../line/command.ts";
import { CommandError } from "../../line/commandError.ts";
import { exits } from "../../line/exit.ts";
import type { Column } from "../../terminal/table.ts";
import { localTime } from "../../terminal/time.ts";
import { yesOption } from "../confirm.ts";
import { ofProduct, productOf } from "../ofProduct.ts";
import { decisionCommands } from "./decisions.ts";
import { releaseDeviceCommands } from "./releaseDevices.ts";
import { readRelease, releaseOptions, waveNotes } from "./releaseOptions.ts";
import { colorOf, planText, receiversText, releaseText } from "./releaseText.ts";
import { watchRelease } from "./watchRelease.ts";

const columns: readonly Column<ListedRelease>[] = [
  { title: "ID", of: ({ id }) => id },
  { title: "VERSION", of: ({ version }) => version, align: "right" },
  { title: "STATE", of: ({ state }) => state, color: ({ state }) => colorOf(state) },
  { title: "KIND", of: ({ kind }) => kind },
  { title: "TO", of: receiversText },
  {
    title: "WAVES",
    of: ({ waves }) => `${waves.filter(({ opened_at: at }) => at !== null).length}/${waves.length}`,
    align: "right",
  },
  { title: "MADE", of: ({ created_at: at }) => localTime(at) },
  { title: "BY", of: ({ created_by: by }) => by },
];

const pageReleasesMax = 50;
const listDefault = 50;
const listMax = 10_000;

const list: Command = {
  words: "releases list",
  summary: "list the releases of a product, newest first",
  arguments: [],
  needsProduct: true,
  options: { limit: { value: "N", summary: `the latest N (default ${listDefault})` } },
  async run(input, deps) {
    const limit = input.number("limit", { min: 1, max: listMax }) ?? listDefault;
    const product = await ofProduct(input, deps);
    const { items, isComplete } = await readPages(
      { limit, pageMax: pageReleasesMax },
      async (page) => {
        const { releases, cursor } = await product.listReleases(page);
        return { items: releases, cursor };
      },
    );
    const none = "The product has no releases. Make one: godwit releases create VERSION --all";
    deps.out.rows(items, columns, none);
    if (!deps.out.isJson && !isComplete) deps.out.note("There are more: --limit N.");
    return undefined;
  },
};

const create: Command = {
  words: "releases create",
  summary: "release a firmware version in waves: shows whom it reaches, then asks",
  arguments: [{ name: "VERSION" }],
  needsProduct: true,
  options: {
    ...releaseOptions,
    plan: { summary: "only show whom it would reach" },
    ...yesOption,
    watch: { summary: "watch the release afterwards" },
  },
  notes: `${waveNotes}
Example: godwit releases create 3 --all --wave 5%/1d --wave 100% --rollback slot --product 123456789`,
  async run(input, deps) {
    const { out, prompt } = deps;
    const wanted = await readRelease(input, deps);
    const product = await ofProduct(input, deps);
    const plan = await product.planRelease(wanted);
    if (input.has("plan")) {
      out.result(plan, planText(plan));
      return undefined;
    }
    out.note(planText(plan));
    if (plan.conflicts.length > 0) {
      throw new CommandError(
        `An unfinished release has some of these devices: ${plan.conflicts.map(visible).join(", ")}. Wait for its end, or cancel it.`,
      );
    }
    if (!input.has("yes") && !(await prompt.confirm("Release it?"))) {
      out.note("Nothing was released.");
      return exits.failed;
    }
    const made = await product.createRelease(wanted);
    const watch = `godwit releases watch ${visible(made.id)} --product ${visible(productOf(input))}`;
    out.result(made, `Release ${visible(made.id)} has started. Watch it: ${watch}`);
    if (!input.has("watch")) return undefined;
    return watchRelease(product, { id: made.id, product: productOf(input) }, deps);
  },
};

const get: Command = {
  words: "releases get",
  summary: "show a release with its waves and the number of devices in each state",
  arguments: [{ name: "RELEASE" }],
  needsProduct: true,
  options: {},
  async run(input, deps) {
    const release = await (await ofProduct(input, deps)).showRelease(input.needed("RELEASE"));
    deps.out.result(release, releaseText(release));
    return undefined;
  },
};

const watch: Command = {
  words: "releases watch",
  summary: "show a release as it changes, until it ends or needs a person",
  arguments: [{ name: "RELEASE" }],
  needsProduct: true,
  options: {},
  notes: "The exit status is 0 if the release is complete, and 1 if it was halted or ended early.",
  async run(input, deps) {
    const product = await ofProduct(input, deps);
    const which = { id: input.needed("RELEASE"), product: productOf(input) };
    return watchRelease(product, which, deps);
  },
};

/** The commands on releases. */
export const releaseCommands: readonly Command[] = [
  list,
  create,
  get,
  watch,
  ...decisionCommands,
  ...releaseDeviceCommands,
];
