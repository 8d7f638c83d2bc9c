import { createInterface } from "node:readline/promises";
import { lanesOf } from "../lanes.ts";
import type { Deployment, Options } from "../options.ts";
import { parts } from "../parts/parts.ts";
import { priceOf } from "./price.ts";
import { recordedUnits } from "./recordedUnits.ts";

/** The price of all parts of a run, as text. The units of a part were recorded on one machine. */
export const priceText = (
  options: Pick<Options, "parts" | "rate" | "seconds" | "isMad">,
): string => {
  let total = 0;
  const lines = options.parts.map((name) => {
    const lanes = lanesOf(parts[name], options);
    // The tenants beside the mad one, which is the last, are measured twice.
    const units = lanes.reduce((sum, { count }, i) => {
      const isTwice = options.isMad && i < lanes.length - 1;
      return sum + (isTwice ? 2 * count : count);
    }, 0);
    const billed = recordedUnits[name];
    const all = priceOf(billed, units).toSorted((a, b) => b.dollars - a.dollars);
    const sum = all.reduce((of, one) => of + one.dollars, 0);
    total += sum;
    const most = all.slice(0, 3).map(({ unit, dollars }) => `${unit} $${dollars.toFixed(4)}`);
    return `${name}: ${units} units, $${sum.toFixed(4)} (${most.join(", ")})`;
  });
  return [
    ...lines,
    `Together about $${total.toFixed(2)} at the list prices of us-east-1, without free tiers, preparation, storage,`,
    "traffic and taxes. The billed units of each part were recorded on one machine, not on AWS.",
  ].join("\n");
};

/** Shows the price of a run on a deployment, and asks unless `--yes` is given. */
export const confirmPrice = async (
  options: Options,
  { yes, address }: Deployment,
  log: (text: string) => void,
): Promise<boolean> => {
  log(`Load on ${"stack" in address ? address.stack : address.api}:`);
  log(priceText(options));
  if (yes) return true;
  if (!process.stdin.isTTY) throw new Error("give --yes to accept this price without a question");
  const question = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await question.question("Type yes to start the load: ");
    return answer.trim().toLowerCase() === "yes";
  } finally {
    question.close();
  }
};
