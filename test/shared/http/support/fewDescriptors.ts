import { readdirSync } from "node:fs";
import { httpPost } from "#shared/http/post.ts";
import { queueBatchMax } from "#shared/platform/quotas.ts";

/**
 * A worker's requests, a batch at a time, to more targets than there are descriptors for, while as
 * many as a batch has hang. Prints how many were answered and how many descriptors were open at
 * most.
 */
const [hanging = "", ...targets] = process.argv.slice(2);
const post = httpPost({ targets: "any" });
const ask = async (url: string): Promise<number> => {
  const { status } = await post({ method: "POST", url, headers: {}, rejectUnauthorized: true });
  return status;
};

for (let i = 0; i < queueBatchMax; i += 1) void ask(hanging).catch(() => undefined);
let answered = 0;
let descriptorsMax = 0;
for (let from = 0; from < targets.length; from += queueBatchMax) {
  const statuses = await Promise.all(targets.slice(from, from + queueBatchMax).map(ask));
  answered += statuses.filter((status) => status === 200).length;
  descriptorsMax = Math.max(descriptorsMax, readdirSync("/proc/self/fd").length);
}
process.stdout.write(JSON.stringify({ answered, descriptorsMax }));
process.exit(0);
