import { fileOutbox } from "../../../device/outbox/fileOutbox.ts";

/** Adds events and says each one that is kept, until it is killed; the acks lag behind by ten. */
const outbox = fileOutbox(process.argv[2]!);
await outbox.open();
const said = (line: string) => process.stdout.write(`${line}\n`);
for (let n = 0; ; n += 1) {
  await outbox.add({ id: String(n), name: "n", data: Buffer.alloc(2_000) });
  said(`kept ${n}`);
  if (n < 10) continue;
  said(`gone ${n - 10}`);
  await outbox.remove([String(n - 10)]);
}
