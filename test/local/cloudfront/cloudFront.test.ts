import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, describe, expect, it } from "vitest";
import { openCloudFront } from "../../../local/cloudfront/cloudFront.ts";
import type { ReadObject } from "../../../local/s3/s3Client.ts";

const objects = new Map<string, ReadObject>();
let isDown = false;

const cloudFront = openCloudFront({
  path: "/status",
  log: () => {},
  buckets: {
    async get(bucket, key) {
      if (isDown) throw new Error("S3 does not respond");
      return objects.get(`${bucket}/${key}`);
    },
  },
});

const create = async (type: string, properties: unknown, logicalId = "Page") => {
  const provider = cloudFront.providers.find((one) => one.type === type);
  const place = { logicalId, stack: "Godwit-Operations-r", region: "r", account: "0" };
  return provider?.create(provider.properties.parse(properties), place);
};

const config = {
  DefaultCacheBehavior: {
    ResponseHeadersPolicyId: "Godwit-Operations-r-Page",
    TargetOriginId: "o",
  },
  DefaultRootObject: "index.html",
  Enabled: true,
  Origins: [
    { DomainName: "pages.s3.local", Id: "o", OriginAccessControlId: "c", OriginPath: "/public" },
  ],
};
await create("AWS::CloudFront::ResponseHeadersPolicy", {
  ResponseHeadersPolicyConfig: {
    Name: "n",
    CustomHeadersConfig: {
      Items: [{ Header: "Cache-Control", Value: "max-age=15", Override: true }],
    },
  },
});
await create("AWS::CloudFront::Distribution", { DistributionConfig: config });

const put = (key: string, body: string): void => {
  const modified = "Sun, 01 Mar 2026 10:00:00 GMT";
  objects.set(`pages/${key}`, { body: Buffer.from(body), type: "text/html", modified });
};
put("public/index.html", "<p>first</p>");
put("public/api/v2/status.json", "{}");
put("state.json", "private");

const server = createServer((request, response) => {
  if (cloudFront.matches(request)) void cloudFront.serve(request, response);
  else response.end("the API");
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const { port } = server.address() as AddressInfo;
afterAll(() => server.close());

const get = (path: string, init: RequestInit = {}) =>
  fetch(`http://127.0.0.1:${port}${path}`, { redirect: "manual", ...init });

describe("CloudFront on one machine", () => {
  it("serves the files of the bucket with the headers of the template", async () => {
    const reply = await get("/status/");
    expect([reply.status, await reply.text()]).toEqual([200, "<p>first</p>"]);
    expect(reply.headers.get("cache-control")).toBe("max-age=15");
    expect(reply.headers.get("content-type")).toBe("text/html");
    expect(await (await get("/status/index.html?a=b")).text()).toBe("<p>first</p>");
    expect(await (await get("/status/api/v2/status.json")).text()).toBe("{}");
    const head = await get("/status/index.html", { method: "HEAD" });
    expect([head.headers.get("content-length"), await head.text()]).toEqual(["12", ""]);
  });

  it("leads to its root, so that relative links work", async () => {
    const reply = await get("/status");
    expect([reply.status, reply.headers.get("location")]).toEqual([301, "/status/"]);
  });

  it.each(["/status/none.html", "/status/..%2Fstate.json", "/status/%"])(
    "has no %s",
    async (path) => {
      expect((await get(path)).status).toBe(404);
    },
  );

  it("only reads, and leaves other paths to the API", async () => {
    expect((await get("/status/", { method: "POST" })).status).toBe(405);
    expect(await (await get("/statuses")).text()).toBe("the API");
    expect(await (await get("/v1/status")).text()).toBe("the API");
  });

  it("says that it cannot read its bucket", async () => {
    isDown = true;
    expect((await get("/status/")).status).toBe(503);
    isDown = false;
  });

  it("refuses a second distribution and properties that it does not know", async () => {
    const second = create("AWS::CloudFront::Distribution", { DistributionConfig: config }, "Other");
    await expect(second).rejects.toThrow("only one distribution of a region is supported");
    const unknown = { DistributionConfig: { ...config, WebACLId: "w" } };
    await expect(create("AWS::CloudFront::Distribution", unknown)).rejects.toThrow("WebACLId");
  });
});
