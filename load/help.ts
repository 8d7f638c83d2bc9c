import { madFactor, otherTenants, overloadFactor, rateMax, secondsMax } from "./limits.ts";
import { partNames, parts } from "./parts/parts.ts";

const rows = partNames.map((name) => {
  const { does, units, documented, seconds } = parts[name];
  const rate = documented.perSecond * overloadFactor;
  return `  ${name.padEnd(13)} ${does} (${rate} ${units}/s for ${seconds} s)`;
});

/** The help text. */
export const help = `Puts a part of the cloud under load, by default ${overloadFactor} times its highest documented rate, and closes the
books: each unit is delivered, refused, with its sender, a dead letter, waiting, or LOST.

npm run load -- PART [--rate N] [--seconds S] [--mad] [--json]
npm run load -- all [--seconds S]

${rows.join("\n")}

  --rate N         units a second, up to ${rateMax}; with --mad, those of the mad tenant
  --seconds S      time in which units are due, up to ${secondsMax}
  --mad            ${otherTenants} tenants, first alone, then beside one with ${madFactor} times the rate of each of them
  --json           print JSON on standard output and the tables on standard error
  --help           print this help

Without further options, the load is on a cloud of its own on this machine, which is removed afterwards. A deployment
on AWS costs money: the price is shown first, and the load starts when you confirm it.

  --stack NAME     the stack of the API, for example Godwit-Api-us-east-1 (credentials as for npm run admin)
  --api URL        the API of a deployment; the variable GODWIT_TOKEN has the token of the user whose fleet gets the load
  --target-url URL --target-port N
                   the address under which the deployment reaches port N of this machine, for parts with a webhook
  --yes            do not ask whether the price is right

Exits with 0 if nothing was lost, nothing failed, no page was sent although no customer was harmed, and the mad
tenant harmed no other. Results are written to load/results. docs/load.md describes the parts.`;
