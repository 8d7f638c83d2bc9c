import { readFile } from "node:fs/promises";
import * as z from "zod";
import type { Command } from "../command.ts";
import { textOf } from "../textOf.ts";
import { prepareFolder, writeDevice } from "../writeDevice.ts";

const provisioned = z.looseObject({
  id: z.string(),
  certificate: z.string(),
  privateKey: z.string().optional(),
  ca: z.string(),
});

/** Provisions a device of a user. */
export const addDevice: Command = {
  words: "device provision",
  argument: "NAME",
  summary: "provision a device for a user, with its certificate",
  options: {
    name: { value: "TEXT", description: "name of the device" },
    product: {
      value: "ID",
      description: "add the device to this product of the user (a number)",
    },
    csr: {
      value: "FILE",
      description: "file of a signing request in PEM, so that the private key is not transferred",
    },
    out: {
      value: "DIR",
      description:
        "write device-cert.pem, device-key.pem, ca.pem and device.json to this folder, readable by you only",
    },
  },
  async run(username, options, { invoke, say }) {
    const csrFile = textOf(options.csr);
    const csr = csrFile && (await readFile(csrFile, "utf8"));
    const out = textOf(options.out);
    // Before the device is provisioned: its key is in one reply only.
    if (out !== undefined) await prepareFolder(out);
    const product = textOf(options.product);
    const request = { username, name: textOf(options.name), csr, product };
    const made = provisioned.parse(await invoke({ addDevice: request }));
    if (out === undefined) return made;
    const files = await writeDevice(out, made);
    for (const file of files) say(`wrote ${file}`);
    const { certificate: _, privateKey: __, ca: ___, ...device } = made;
    return device;
  },
};
