import { visible } from "../../shared/platform/visibleText.ts";
import type { Group } from "../cloud/bodies.ts";
import type { Cloud } from "../cloud/cloud.ts";
import type { Command, Input, OptionSpec } from "../line/command.ts";
import { usageError } from "../line/commandError.ts";
import { exits } from "../line/exit.ts";
import { count } from "../terminal/count.ts";
import type { Column } from "../terminal/table.ts";
import { isConfirmed, yesOption } from "./confirm.ts";
import { ofProduct } from "./ofProduct.ts";

const columns: readonly Column<Group>[] = [
  { title: "NAME", of: ({ name }) => name },
  { title: "FIRMWARE", of: ({ fw_version: version }) => version, align: "right" },
  { title: "COLOR", of: ({ color }) => color },
  { title: "DESCRIPTION", of: ({ description }) => description },
];

const textOptions = {
  description: { value: "TEXT", summary: "what the group is for" },
  color: { value: "COLOR", summary: "color in the console, such as #2ecc71 or red" },
} as const satisfies Readonly<Record<string, OptionSpec>>;

const textOf = (input: Input): { description?: string; color?: string } => {
  const [description, color] = [input.text("description"), input.text("color")];
  return {
    ...(description !== undefined && { description }),
    ...(color !== undefined && { color }),
  };
};

const groupText = (group: Group): string =>
  columns
    .map(({ title, of }) => `${title.toLowerCase().padEnd(13)}${visible(String(of(group) ?? "-"))}`)
    .join("\n");

const list: Command = {
  words: "groups list",
  summary: "list the groups of a product",
  arguments: [],
  needsProduct: true,
  options: { search: { value: "TEXT", summary: "a part of the name" } },
  async run(input, deps) {
    const groups = await (await ofProduct(input, deps)).listGroups(input.text("search"));
    deps.out.rows(
      groups,
      columns,
      "There are no such groups. Create one: godwit groups create NAME",
    );
    return undefined;
  },
};

const get: Command = {
  words: "groups get",
  summary: "show a group with the number of its devices",
  arguments: [{ name: "GROUP" }],
  needsProduct: true,
  options: {},
  async run(input, deps) {
    const group = await (await ofProduct(input, deps)).showGroup(input.needed("GROUP"));
    deps.out.result(group, `${groupText(group)}\ndevices      ${group.device_count}`);
    return undefined;
  },
};

const create: Command = {
  words: "groups create",
  summary: "create a group of devices",
  arguments: [{ name: "GROUP" }],
  needsProduct: true,
  options: textOptions,
  async run(input, deps) {
    const product = await ofProduct(input, deps);
    const made = await product.createGroup(input.needed("GROUP"), textOf(input));
    const name = visible(made.name);
    deps.out.result(
      made,
      `Group ${name} is created. Add devices: godwit groups add ${name} DEVICE…`,
    );
    return undefined;
  },
};

const update: Command = {
  words: "groups update",
  summary: "change the name, the description or the color of a group",
  arguments: [{ name: "GROUP" }],
  needsProduct: true,
  options: { name: { value: "NAME", summary: "new name" }, ...textOptions },
  async run(input, deps) {
    const name = input.text("name");
    const change = { ...textOf(input), ...(name !== undefined && { name }) };
    if (Object.keys(change).length === 0) {
      throw usageError("Nothing to change: --name, --description or --color.");
    }
    const changed = await (await ofProduct(input, deps)).changeGroup(input.needed("GROUP"), change);
    deps.out.result(changed, `Group ${visible(changed.name)} is changed.`);
    return undefined;
  },
};

const remove: Command = {
  words: "groups delete",
  summary: "delete a group; its devices stay in the product",
  arguments: [{ name: "GROUP" }],
  needsProduct: true,
  options: yesOption,
  async run(input, deps) {
    const product = await ofProduct(input, deps);
    const { name, device_count: devices } = await product.showGroup(input.needed("GROUP"));
    const asked = {
      text: `This deletes group ${visible(name)}. ${count(devices, "device")} of it stay in the product.`,
      question: "Delete it?",
      declined: "Nothing was deleted.",
    };
    if (!(await isConfirmed(input, asked, deps))) return exits.failed;
    await product.removeGroup(name);
    deps.out.result({ ok: true, group: name }, `Group ${visible(name)} is deleted.`);
    return undefined;
  },
};

/** The ids of devices that are named by their ids or names: the API takes ids only. */
const deviceIds = async (
  names: readonly string[],
  cloud: Pick<Cloud, "showDevice">,
): Promise<string[]> => {
  const ids: string[] = [];
  for (const name of names) {
    ids.push(/^[0-9a-f]{24}$/i.test(name) ? name : (await cloud.showDevice(name)).id);
  }
  return ids;
};

const membersCommand = (
  word: "add" | "remove",
  { summary, done }: { summary: string; done: (devices: string, group: string) => string },
): Command => ({
  words: `groups ${word}`,
  summary,
  arguments: [{ name: "GROUP" }, { name: "DEVICE", many: true }],
  needsProduct: true,
  options: {},
  notes:
    "DEVICE is an id or a name. Example: godwit groups add beta lamp-1 lamp-2 --product 123456789",
  async run(input, deps) {
    const group = input.needed("GROUP");
    const product = await ofProduct(input, deps);
    const change = { add: [], remove: [], [word]: [group] };
    const ids = await deviceIds(input.rest(), await deps.cloud());
    const reply = await product.changeMembers(ids, change);
    deps.out.result(reply, done(count(reply.devices, "device"), visible(group)));
    return undefined;
  },
});

const add = membersCommand("add", {
  summary: "add devices to a group; a group that does not exist is created",
  done: (devices, group) => `${devices} added to group ${group}.`,
});

const removeMembers = membersCommand("remove", {
  summary: "remove devices from a group",
  done: (devices, group) => `${devices} removed from group ${group}.`,
});

/** The commands on groups of devices. */
export const groupCommands: readonly Command[] = [
  list,
  get,
  create,
  update,
  remove,
  add,
  removeMembers,
];
