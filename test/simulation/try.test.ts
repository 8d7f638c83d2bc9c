import { it } from "vitest";
import { logger } from "../../functions/edge/logger.ts";
import { planOf } from "./plan.ts";
import { simulate } from "./simulate.ts";

it("runs", async () => {
  logger.setLogLevel("SILENT");
  const from = Number(process.env.FROM ?? 1),
    to = Number(process.env.TO ?? 100);
  const all: Record<string, number> = {};
  const bad: string[] = [];
  const slow: [number, number][] = [];
  const t0 = Date.now(),
    c0 = process.cpuUsage();
  for (let seed = from; seed <= to; seed += 1) {
    const c = process.cpuUsage();
    const { violations, counts } = await simulate(planOf(seed));
    const used = process.cpuUsage(c);
    slow.push([seed, (used.user + used.system) / 1000]);
    for (const [k, v] of Object.entries(counts)) all[k] = (all[k] ?? 0) + v;
    if (bad.length >= Number(process.env.STOP ?? 1e9)) break;
    if (violations.length) bad.push(`${seed}: ${violations[0]}`);
  }
  const c = process.cpuUsage(c0);
  process.stdout.write(
    JSON.stringify(all) +
      ` ${Date.now() - t0} ms, cpu ${(c.user + c.system) / 1000} ms\n${bad.length} bad\n${bad.slice(0, 25).join("\n")}\n` +
      JSON.stringify(slow.sort((a, b) => b[1] - a[1]).slice(0, 8)) +
      "\n",
  );
}, 600_000);
