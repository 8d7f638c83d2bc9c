import { visible } from "../../shared/platform/visibleText.ts";
import type { Command } from "../line/command.ts";
import { usageError } from "../line/commandError.ts";

export const publish: Command = {
  words: "publish",
  summary: "publish an event to the fleet",
  arguments: [{ name: "NAME" }, { name: "DATA", optional: true }],
  hasProduct: true,
  options: { file: { value: "FILE", summary: "read the data from a file; - is standard input" } },
  notes: "Example: godwit publish temperature 21.5",
  async run(input, { cloud, out, readText }) {
    const file = input.text("file");
    const given = input.argument("DATA");
    if (file !== undefined && given !== undefined) {
      throw usageError("DATA and --file cannot be combined.");
    }
    const data = file === undefined ? (given ?? "") : await readText(file);
    const name = input.needed("NAME");
    await (await cloud()).publish(name, data);
    out.result({ ok: true, name }, `Published ${visible(name)}.`);
    return undefined;
  },
};
