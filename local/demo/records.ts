import { randomBytes } from "node:crypto";
import { join } from "node:path";
import * as z from "zod";
import { writeFileAtomically } from "../state/atomicWrite.ts";
import { readStateFile } from "../state/stateFile.ts";

const user = z.object({ username: z.string(), password: z.string(), token: z.string() });

const device = z.object({
  id: z.string(),
  fleet: z.string(),
  name: z.string(),
  /** PEM. */
  certificate: z.string(),
  /** PEM. */
  privateKey: z.string(),
});

export type DemoUser = z.output<typeof user>;
export type DemoDevice = z.output<typeof device>;

/** Invokes the admin function that the templates hold. */
export type Admin = (request: object) => Promise<unknown>;

const username = "demo@example.com";

/**
 * The demo user and the demo device: from their files in `folder`, or new ones, made through the admin
 * function as an owner would make their first ones on AWS.
 */
export const loadDemoRecords = async (
  folder: string,
  admin: Admin,
): Promise<{ user: DemoUser; device: DemoDevice }> => ({
  user: await loadOrCreate(join(folder, "user.json"), user, () => addUser(admin)),
  device: await loadOrCreate(join(folder, "device.json"), device, () => addDevice(folder, admin)),
});

/** What a client of the device needs beside it: the authority of the broker's certificate in PEM, and `mqtts` URLs. */
interface Connection {
  readonly ca: string;
  readonly endpoints: readonly string[];
}

/** Keeps what the cloud has told the demo device about itself since, as `readIdentity` of the device's client reads it. */
export const saveDemoDevice = (
  folder: string,
  device: DemoDevice,
  { ca, endpoints }: Connection,
): Promise<void> =>
  writeFileAtomically(
    join(folder, "device.json"),
    `${JSON.stringify({ ...device, ca, endpoints })}\n`,
  );

const loadOrCreate = async <S extends z.ZodType>(
  file: string,
  schema: S,
  add: () => Promise<z.output<S>>,
): Promise<z.output<S>> => {
  const kept = await readStateFile(file, schema);
  if (kept !== undefined) return kept;
  const added = await add();
  await writeFileAtomically(file, `${JSON.stringify(added)}\n`);
  return added;
};

const addUser = async (admin: Admin): Promise<DemoUser> => {
  const password = randomBytes(12).toString("base64url");
  // A start that was killed before it wrote the file may have left the user behind.
  await admin({ addUser: { username, password, replace: true } });
  const { token } = z.object({ token: z.string() }).parse(await admin({ addToken: { username } }));
  return { username, password, token };
};

/** The certificate and its key lie beside as PEM files too, since MQTT clients ask for files. */
const addDevice = async (folder: string, admin: Admin): Promise<DemoDevice> => {
  // A name of its own each time: a killed start may have left a device whose key nobody has.
  const name = `demo-${randomBytes(2).toString("hex")}`;
  const added = device.parse(await admin({ addDevice: { username, name } }));
  await writeFileAtomically(join(folder, "device-cert.pem"), added.certificate);
  await writeFileAtomically(join(folder, "device-key.pem"), added.privateKey);
  return added;
};
