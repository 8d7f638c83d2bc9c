import type { Release } from "../../cloud/bodies.ts";
import type { Decision } from "../../cloud/operations/releases.ts";
import type { Command } from "../../line/command.ts";
import { exits } from "../../line/exit.ts";
import { count } from "../../terminal/count.ts";
import { isConfirmed, yesOption } from "../confirm.ts";
import { ofProduct } from "../ofProduct.ts";
import { releaseText } from "./releaseText.ts";

const reasonOption = {
  reason: { value: "TEXT", summary: "why, for the record" },
} as const;

const halt: Command = {
  words: "releases halt",
  summary: "halt a release at once: no further device is offered the version",
  arguments: [{ name: "RELEASE" }],
  needsProduct: true,
  options: reasonOption,
  notes: "A halt loses nothing, so it does not ask. Go on: godwit releases resume RELEASE",
  async run(input, deps) {
    const product = await ofProduct(input, deps);
    const reason = input.text("reason");
    const release = await product.decide(input.needed("RELEASE"), "halt", { reason });
    deps.out.result(release, releaseText(release));
    return undefined;
  },
};

interface Asked {
  readonly word: Exclude<Decision, "halt">;
  readonly summary: string;
  /** What happens. */
  readonly text: (release: Release) => string;
  readonly question: string;
}

/** A decision that shows what it changes first. */
const decision = ({ word, summary, text, question }: Asked): Command => ({
  words: `releases ${word}`,
  summary,
  arguments: [{ name: "RELEASE" }],
  needsProduct: true,
  options: { ...reasonOption, ...yesOption },
  async run(input, deps) {
    const product = await ofProduct(input, deps);
    const before = await product.showRelease(input.needed("RELEASE"));
    const asked = { text: text(before), question, declined: "Nothing was changed." };
    if (!(await isConfirmed(input, asked, deps))) return exits.failed;
    const release = await product.decide(before.id, word, { reason: input.text("reason") });
    deps.out.result(release, releaseText(release));
    return undefined;
  },
});

const left = ({ devices_by_state: { held, waiting } }: Release): string =>
  count(held + waiting, "device");

const changed = ({ devices_by_state: { installed, failed, downloading } }: Release): string =>
  count(installed + failed + downloading, "device");

const how = (release: Release): string => {
  switch (release.rollback) {
    case "slot":
      return "boot their other slot, or get the former version if they have none";
    case "version":
      return `get version ${release.rollback_version} again`;
    case "none":
      return "boot their other slot if they have one";
  }
};

const resume = decision({
  word: "resume",
  summary: "resume a halted release",
  text: (release) =>
    `${left(release)} may be offered version ${release.version} again, five at first. ${release.devices_by_state.failed} failed until now: only later failures can halt the release again.`,
  question: "Resume it?",
});

const rollBack = decision({
  word: "rollback",
  summary: "bring the devices of a release back to their former firmware",
  text: (release) =>
    `Up to ${changed(release)} that began or finished the update ${how(release)}: each restarts. ${left(release)} will not be offered version ${release.version} any more. It cannot be undone.`,
  question: "Roll back?",
});

const cancel = decision({
  word: "cancel",
  summary: "end a release for the devices that it has not reached",
  text: (release) =>
    `${left(release)} will keep their firmware. The others keep what they have installed. The release cannot be resumed.`,
  question: "Cancel the release?",
});

/** The commands that decide about a release. */
export const decisionCommands: readonly Command[] = [halt, resume, rollBack, cancel];
