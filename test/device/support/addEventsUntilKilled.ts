import { fileOutbox } from "../../../device/outbox/fileOutbox.ts";

/** Adds events and prints each stored one until killed. Removes each event ten events later. */
const outbox = fileOutbox(process.argv[2]!);
await outbox.open();
const print = (line: string) => process.stdout.write(`${line}\n`);
for (let n = 0; ; n += 1) {
  await outbox.add({ id: String(n), name: "n", data: Buffer.alloc(2_000) });
  print(`kept ${n}`);
  if (n < 10) continue;
  print(`gone ${n - 10}`);
  await outbox.remove([String(n - 10)]);
}
