import { randomBytes } from "node:crypto";
import { join } from "node:path";
import * as z from "zod";
import { writeFileAtomically } from "../state/atomicWrite.ts";
import { readStateFile } from "../state/stateFile.ts";

const user = z.object({ username: z.string(), password: z.string(), token: z.string() });

/** The token for the routes of operations. */
const operator = z.object({ token: z.string() });

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

/** Invokes the admin function of the templates. */
export type Admin = (request: object) => Promise<unknown>;

const username = "demo@example.com";

/**
 * The demo user and device, read from `folder` or created through the admin function, as an owner
 * creates the first ones on AWS.
 */
export const loadDemoRecords = async (
  folder: string,
  admin: Admin,
): Promise<{ user: DemoUser; device: DemoDevice }> => ({
  user: await loadOrCreate(join(folder, "user.json"), user, () => addUser(admin)),
  device: await loadOrCreate(join(folder, "device.json"), device, () => addDevice(folder, admin)),
});

/** The token of the operator, read from `operator.json` or created. */
export const loadOperatorToken = async (folder: string, admin: Admin): Promise<string> => {
  const file = join(folder, "operator.json");
  const add = async () => operator.parse(await admin({ addToken: { username, operator: true } }));
  return (await loadOrCreate(file, operator, add)).token;
};

/**
 * Connection settings of the device: the broker's certificate authority in PEM, and `mqtts` URLs.
 */
interface Connection {
  readonly ca: string;
  readonly endpoints: readonly string[];
}

/** Saves the demo device in the format that `readIdentity` of the device client reads. */
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
  const existing = await readStateFile(file, schema);
  if (existing !== undefined) return existing;
  const added = await add();
  await writeFileAtomically(file, `${JSON.stringify(added)}\n`);
  return added;
};

const addUser = async (admin: Admin): Promise<DemoUser> => {
  const password = randomBytes(12).toString("base64url");
  // A killed start may have created the user without writing the file.
  await admin({ addUser: { username, password, replace: true } });
  const { token } = z.object({ token: z.string() }).parse(await admin({ addToken: { username } }));
  return { username, password, token };
};

/** Also writes the certificate and key as PEM files, which MQTT clients expect. */
const addDevice = async (folder: string, admin: Admin): Promise<DemoDevice> => {
  // A new name each time: a killed start may have left a device whose key is lost.
  const name = `demo-${randomBytes(2).toString("hex")}`;
  const added = device.parse(await admin({ addDevice: { username, name } }));
  await writeFileAtomically(join(folder, "device-cert.pem"), added.certificate);
  await writeFileAtomically(join(folder, "device-key.pem"), added.privateKey);
  return added;
};
