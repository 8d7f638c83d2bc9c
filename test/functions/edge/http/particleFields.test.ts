import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Particle from "particle-api-js";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readInput } from "#shared/input/readInput.ts";
import { Failure } from "#shared/platform/failure.ts";
import { routes } from "#shared/routes/table.ts";
import { readRequest } from "../../../../functions/edge/http/request.ts";
import { httpEvent } from "./httpEvent.ts";

/** Requests of the client, as API Gateway passes them to a function: `reason` is the refusal. */
const seen: { route: string; reason: string | undefined }[] = [];
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const url = new URL(request.url ?? "", "http://localhost");
  const matching = routes.filter(({ method, path }) => {
    const pattern = path.replaceAll(/\{[^}]+\}/g, "[^/]+");
    return method === request.method && new RegExp(`^${pattern}$`).test(url.pathname);
  });
  // A literal segment comes before a parameter.
  const [found] = matching.toSorted((a, b) => a.path.split("{").length - b.path.split("{").length);
  seen.push({
    route: `${found?.method} ${found?.path}`,
    reason: refusal(found, url, { headers: request.headers, body: Buffer.concat(chunks) }),
  });
  response.writeHead(200, { "content-type": "application/json" }).end("{}");
});

const refusal = (
  found: (typeof routes)[number] | undefined,
  url: URL,
  { headers, body }: { headers: NodeJS.Dict<string | string[]>; body: Buffer },
): string | undefined => {
  if (found === undefined) return "there is no such route";
  const values = url.pathname.split("/");
  const path = Object.fromEntries(
    found.path
      .split("/")
      .flatMap((name, i) => (name.startsWith("{") ? [[name.slice(1, -1), values[i] ?? ""]] : [])),
  );
  const { product: _, ...own } = path;
  const event = httpEvent({
    path: own,
    query: Object.fromEntries(url.searchParams),
    headers: { "content-type": String(headers["content-type"] ?? "") },
    body: body.toString("base64"),
    isBase64Encoded: true,
  });
  try {
    const { fields, ignored } = readRequest(event, found.route);
    readInput(found.route.input, fields, ignored);
    return undefined;
  } catch (error) {
    return error instanceof Failure ? error.message : String(error);
  }
};

let client: Particle;
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  client = new Particle({ baseUrl: `http://127.0.0.1:${port}`, auth: "token" });
});
afterAll(() => void server.close());

const device = { deviceId: "0123456789abcdef01234567", product: "123456789" };
const { product } = device;
const file = Buffer.from("image");

/** Every method about firmware, groups, locks and devices of a product, with each parameter. */
const calls: Readonly<Record<string, () => Promise<unknown>>> = {
  listDevices: () =>
    client.listDevices({
      ...{ product, deviceId: "0123", deviceName: "lamp", groups: ["a", "b"] },
      ...{ sortAttr: "deviceName", sortDir: "desc", page: 2, perPage: 10 },
    }),
  "listDevices of a user": () => client.listDevices({}),
  getDevice: () => client.getDevice(device),
  claimDevice: () => client.claimDevice({ deviceId: device.deviceId, requestTransfer: true }),
  addDeviceToProduct: () => client.addDeviceToProduct({ ...device, file: undefined as never }),
  "addDeviceToProduct by file": () =>
    client.addDeviceToProduct({ product, deviceId: "", file: Buffer.from(device.deviceId) }),
  removeDevice: () => client.removeDevice(device),
  "removeDevice with deny": () => client.removeDevice({ ...device, deny: true }),
  renameDevice: () => client.renameDevice({ ...device, name: "lamp" }),
  signalDevice: () => client.signalDevice({ ...device, signal: true }),
  setDeviceNotes: () => client.setDeviceNotes({ ...device, notes: "in the cellar" }),
  markAsDevelopmentDevice: () => client.markAsDevelopmentDevice(device),
  "markAsDevelopmentDevice off": () =>
    client.markAsDevelopmentDevice({ ...device, development: false }),
  lockDeviceProductFirmware: () =>
    client.lockDeviceProductFirmware({ ...device, desiredFirmwareVersion: 3, flash: true }),
  unlockDeviceProductFirmware: () => client.unlockDeviceProductFirmware(device),
  updateDevice: () =>
    client.updateDevice({
      ...{ ...device, name: "lamp", signal: true, notes: "", development: true },
      ...{ desiredFirmwareVersion: 3, flash: true },
    }),
  flashDevice: () => client.flashDevice({ ...device, files: undefined as never }),
  "flashDevice with a target": () =>
    client.flashDevice({ ...device, files: undefined as never, targetVersion: "6.1.0" }),
  "flashDevice with a file": () =>
    client.flashDevice({ ...device, files: { "firmware.bin": file }, targetVersion: "6.1.0" }),
  listProductFirmware: () => client.listProductFirmware({ product }),
  uploadProductFirmware: () =>
    client.uploadProductFirmware({ product, file, version: 3, title: "v3", description: "d" }),
  "uploadProductFirmware without a description": () =>
    client.uploadProductFirmware({ product, file, version: 3, title: "v3" }),
  getProductFirmware: () => client.getProductFirmware({ product, version: 3 }),
  updateProductFirmware: () =>
    client.updateProductFirmware({ product, version: 3, title: "v3", description: "d" }),
  downloadProductFirmware: () => client.downloadProductFirmware({ product, version: 3 }),
  releaseProductFirmware: () =>
    client.releaseProductFirmware({
      ...{ product, version: 3, product_default: true, groups: ["a"], intelligent: true },
    } as never),
};

it.each(Object.keys(calls))(
  "Particle's client calls %s with fields that are known",
  async (name) => {
    seen.length = 0;
    await calls[name]?.();
    expect(seen).toEqual([{ route: expect.stringContaining("/v1/"), reason: undefined }]);
  },
);
