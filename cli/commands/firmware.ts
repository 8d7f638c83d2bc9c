import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { visible } from "../../shared/platform/visibleText.ts";
import type { Firmware } from "../cloud/bodies.ts";
import { imageFileBytesMax } from "../cloud/limits.ts";
import type { Command, CommandDeps } from "../line/command.ts";
import { CommandError } from "../line/commandError.ts";
import { exits } from "../line/exit.ts";
import { count } from "../terminal/count.ts";
import type { Column } from "../terminal/table.ts";
import { localTime } from "../terminal/time.ts";
import { isConfirmed, yesOption } from "./confirm.ts";
import { ofProduct, productOf } from "./ofProduct.ts";
import { versionArgument } from "./versionArgument.ts";

const columns: readonly Column<Firmware>[] = [
  { title: "VERSION", of: ({ version }) => version, align: "right" },
  { title: "TITLE", of: ({ title }) => title },
  { title: "SIZE", of: ({ size }) => size, align: "right" },
  {
    title: "SIGNED",
    of: ({ signed }) => (signed ? "yes" : "no"),
    color: ({ signed }) => (signed ? "green" : "yellow"),
  },
  { title: "DEVICES", of: ({ device_count: devices }) => devices, align: "right" },
  { title: "UPLOADED", of: ({ uploaded_on: at }) => localTime(at) },
  { title: "RELEASED", of: ({ released_at: at }) => localTime(at) },
  {
    title: "ASSIGNED TO",
    of: ({ product_default: isDefault, groups }) =>
      [...(isDefault ? ["product"] : []), ...groups].join(", "),
  },
];

const list: Command = {
  words: "firmware list",
  summary: "list the firmware versions of a product, the highest first",
  arguments: [],
  needsProduct: true,
  options: {},
  async run(input, deps) {
    const versions = await (await ofProduct(input, deps)).listFirmware();
    deps.out.rows(
      versions,
      columns,
      "The product has no firmware versions. Upload one: godwit firmware upload FILE VERSION",
    );
    return undefined;
  },
};

const upload: Command = {
  words: "firmware upload",
  summary: "upload an image as a new firmware version",
  arguments: [{ name: "FILE" }, { name: "VERSION" }],
  needsProduct: true,
  options: {
    title: { value: "TEXT", summary: "title of the version (default: the name of the file)" },
    description: { value: "TEXT", summary: "what is new" },
    mandatory: { summary: "mark the version as mandatory" },
  },
  notes: `Sign the image before: npm run firmware -- sign FILE --product N --version V --key KEY
The cloud verifies the signature before it stores anything. The private key never leaves your machine.
Example: godwit firmware upload app.bin.signed 3 --title v1.2.0 --product 123456789`,
  async run(input, deps) {
    const file = input.needed("FILE");
    const version = versionArgument(input);
    const name = file === "-" ? "firmware.bin" : basename(file);
    const image = await deps.readBytes(file, imageFileBytesMax);
    const product = await ofProduct(input, deps);
    const made = await product.uploadFirmware({
      ...{ image, name, version, title: input.text("title") ?? name },
      description: input.text("description"),
      mandatory: input.has("mandatory"),
    });
    const signed = made.signed ? "signed" : "unsigned";
    deps.out.result(
      made,
      [
        `Version ${made.version} is stored: ${count(made.size, "byte")}, ${signed}, SHA-256 ${visible(made.sha256)}.`,
        `Release it: godwit releases create ${made.version} --all --product ${visible(productOf(input))}`,
      ].join("\n"),
    );
    return undefined;
  },
};

const get: Command = {
  words: "firmware get",
  summary: "show a firmware version, or download its image",
  arguments: [{ name: "VERSION" }],
  needsProduct: true,
  options: {
    out: { value: "FILE", summary: "write the image, without its signature, into this new file" },
  },
  async run(input, deps) {
    const version = versionArgument(input);
    const file = input.text("out");
    const shown = await (await ofProduct(input, deps)).showFirmware(version);
    if (file !== undefined) {
      await download({ firmware: shown, product: productOf(input), file }, deps);
    }
    deps.out.result(shown, firmwareText(shown, file));
    return undefined;
  },
};

const firmwareText = (firmware: Firmware, file: string | undefined): string =>
  [
    ...columns.map(({ title, of }) => [title.toLowerCase(), String(of(firmware) || "-")]),
    ["description", firmware.description || "-"],
    ["mandatory", firmware.mandatory ? "yes" : "no"],
    ["sha256", firmware.sha256],
    ["uploaded by", firmware.uploaded_by.username],
    ...(file === undefined ? [] : [["image", file]]),
  ]
    .map(([left = "", right = ""]) => `${left.padEnd(13)}${visible(right)}`)
    .join("\n");

/** Writes the image of a version into a new file, if it is the one of its hash. */
const download = async (
  { firmware, product, file }: { firmware: Firmware; product: string; file: string },
  { cloud }: Pick<CommandDeps, "cloud">,
): Promise<void> => {
  const image = await (await cloud()).downloadFirmware(product, firmware.version);
  if (createHash("sha256").update(image).digest("hex") !== firmware.sha256) {
    throw new CommandError("The image has another hash than its version. Repeat the download.");
  }
  await writeFile(file, image, { flag: "wx" }).catch((error: unknown) => {
    const isThere = error instanceof Error && "code" in error && error.code === "EEXIST";
    const why = isThere ? "exists already" : "cannot be written";
    throw new CommandError(`The file ${visible(file)} ${why}.`, {
      exit: exits.usage,
      cause: error,
    });
  });
};

const remove: Command = {
  words: "firmware delete",
  summary: "delete a firmware version that was never released",
  arguments: [{ name: "VERSION" }],
  needsProduct: true,
  options: yesOption,
  async run(input, deps) {
    const version = versionArgument(input);
    const product = await ofProduct(input, deps);
    const { title, size } = await product.showFirmware(version);
    const asked = {
      text: `This deletes version ${version} (${visible(title)}, ${count(size, "byte")}). It cannot be undone.`,
      question: "Delete it?",
      declined: "Nothing was deleted.",
    };
    if (!(await isConfirmed(input, asked, deps))) return exits.failed;
    await product.removeFirmware(version);
    deps.out.result({ ok: true, version }, `Version ${version} is deleted.`);
    return undefined;
  },
};

/** The commands on firmware versions. */
export const firmwareCommands: readonly Command[] = [list, upload, get, remove];
