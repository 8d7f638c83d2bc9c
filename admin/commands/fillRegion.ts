import * as z from "zod";
import type { Command } from "../command.ts";
import { textOf } from "../textOf.ts";

const filled = z.object({
  queued: z.number(),
  isFull: z.boolean(),
  unknown: z.array(z.string()),
  next: z.string().optional(),
});

/** The pause when the region has enough pending work, or does not answer. */
const waitMs = 10_000;

const sealedPage = z.object({
  sealed: z.number(),
  incomplete: z.array(z.string()),
  next: z.string().optional(),
});

/**
 * Registers existing devices in a region that was added later, and encrypts the secrets of
 * integrations and second factors for it.
 */
export const fillRegion: Command = {
  words: "region fill",
  argument: "REGION",
  summary: "register all devices in a region that was added later, and encrypt all secrets for it",
  options: {
    after: { value: "PLACE", description: "continue with the devices of an earlier run" },
  },
  async run(region, options, tools) {
    const integrations = await fillSecrets("fillSecrets", region, tools);
    tools.say(
      `${integrations.sealed} secrets of integrations can be decrypted in ${region} without another region`,
    );
    const factors = await fillSecrets("fillSecondFactors", region, tools);
    tools.say(
      `${factors.sealed} second factors can be verified in ${region} without another region`,
    );
    return {
      region,
      ...(await fillDevices(region, textOf(options.after), tools)),
      secrets: integrations.sealed,
      incomplete: integrations.incomplete,
      second_factors: factors.sealed,
      // A user is named by their fleet, as in `user list`.
      incomplete_second_factors: factors.incomplete,
    };
  },
};

type Tools = Parameters<Command["run"]>[2];

const fillSecrets = async (
  request: "fillSecrets" | "fillSecondFactors",
  region: string,
  { invoke }: Tools,
) => {
  const incomplete: string[] = [];
  let sealed = 0;
  let after: string | undefined;
  do {
    const page = sealedPage.parse(await invoke({ [request]: { region, after } }));
    sealed += page.sealed;
    incomplete.push(...page.incomplete);
    after = page.next;
  } while (after !== undefined);
  return { sealed, incomplete };
};

const fillDevices = async (
  region: string,
  place: string | undefined,
  { invoke, wait, say }: Tools,
) => {
  const unknown: string[] = [];
  let queued = 0;
  let after = place;
  for (;;) {
    const page = filled.parse(await invoke({ fillRegion: { region, after } }));
    queued += page.queued;
    unknown.push(...page.unknown);
    if (page.next === undefined) return { queued, unknown };
    after = page.next;
    say(`registered ${queued} devices; to continue: --after '${after}'`);
    if (page.isFull) await wait(waitMs);
  }
};
