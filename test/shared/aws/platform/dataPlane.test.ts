import { once } from "node:events";
import { createServer } from "node:http";
import { expect, it, onTestFinished, vi } from "vitest";
import { deviceLinks } from "#shared/aws/device/deviceLinks.ts";
import { dataPlaneEndpoint } from "#shared/aws/platform/dataPlane.ts";

const address = "abc-ats.iot.us-east-1.amazonaws.com";
const ownDefault = "https://data-ats.iot.us-east-1.amazonaws.com";

/** A control plane that answers each question with the next of these, then with the address. */
const controlPlane = async (...answers: readonly { status: number; type?: string }[]) => {
  const left = [...answers];
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.headers.authorization?.split("/")[2]} ${request.url}`);
    const { status = 200, type = "" } = left.shift() ?? {};
    response.writeHead(status, { "x-amzn-errortype": type });
    response.end(JSON.stringify(status === 200 ? { endpointAddress: address } : {}));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const found = server.address();
  const port = typeof found === "object" && found !== null ? found.port : 0;
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "key");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
  vi.stubEnv("AWS_ENDPOINT_URL_IOT", `http://127.0.0.1:${port}`);
  vi.stubEnv("AWS_ENDPOINT_URL_IOT_DATA_PLANE", undefined);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    server.close();
    server.closeAllConnections();
  });
  return { asked };
};

it("a worker asks for the endpoint of a region once, however many calls begin", async () => {
  const { asked } = await controlPlane();
  const found = await Promise.all([dataPlaneEndpoint(), dataPlaneEndpoint(), dataPlaneEndpoint()]);
  expect(new Set(found)).toEqual(new Set([`https://${address}`]));
  await dataPlaneEndpoint("eu-west-1");
  await dataPlaneEndpoint("eu-west-1");
  expect(asked).toEqual([
    "us-east-1 /endpoint?endpointType=iot%3AData-ATS",
    "eu-west-1 /endpoint?endpointType=iot%3AData-ATS",
  ]);
});

it.each([
  ["fails", { status: 500 }],
  ["throttles", { status: 429, type: "ThrottlingException" }],
])("uses the default endpoint for a minute when the control plane %s", async (_, answer) => {
  const { asked } = await controlPlane(answer, answer);
  let ms = 0;
  const find = () => dataPlaneEndpoint(undefined, () => ms);
  expect(await find()).toBe(ownDefault);
  expect(asked).toHaveLength(2);
  ms = 59_999;
  expect(await find()).toBe(ownDefault);
  expect(asked).toHaveLength(2);
  ms = 60_000;
  expect(await find()).toBe(`https://${address}`);
  ms = 1e12;
  expect(await find()).toBe(`https://${address}`);
  expect(asked).toHaveLength(3);
});

it("asks another region once, and uses its default endpoint", async () => {
  const { asked } = await controlPlane({ status: 503 });
  expect(await dataPlaneEndpoint("eu-west-1")).toBe("https://data-ats.iot.eu-west-1.amazonaws.com");
  expect(asked).toHaveLength(1);
});

it("fails without the permission, and asks again", async () => {
  const { asked } = await controlPlane({ status: 403, type: "AccessDeniedException" });
  await expect(dataPlaneEndpoint()).rejects.toMatchObject({
    cause: expect.objectContaining({ name: "AccessDeniedException" }),
  });
  expect(await dataPlaneEndpoint()).toBe(`https://${address}`);
  expect(asked).toHaveLength(2);
});

it("the local cloud replaces the endpoint, and is asked all the same", async () => {
  const { asked } = await controlPlane();
  vi.stubEnv("AWS_ENDPOINT_URL_IOT_DATA_PLANE", "http://127.0.0.1:9");
  expect(await dataPlaneEndpoint()).toBe("http://127.0.0.1:9");
  expect(asked).toHaveLength(1);
  vi.stubEnv("AWS_ENDPOINT_URL_IOT", undefined);
  expect(await dataPlaneEndpoint()).toBe("http://127.0.0.1:9");
});

it("a call without that permission is no refusal of a device", async () => {
  const denied = { status: 403, type: "AccessDeniedException" };
  await controlPlane(denied, { status: 404, type: "ResourceNotFoundException" });
  const [link] = deviceLinks({ region: "us-east-1", regions: ["us-east-1"] }, "replies");
  const message = "the endpoint of IoT Core in us-east-1 cannot be looked up";
  await expect(link?.send("d1", "calls/d1", Buffer.from("{}"))).rejects.toThrow(message);
  await expect(link?.presence("d1")).rejects.toThrow(message);
});
