import { expect, it, onTestFinished, vi } from "vitest";
import { s3ImageDownloads } from "#shared/aws/firmware/imageDownloads.ts";
import { imagesKnownMs } from "#shared/firmware/limits.ts";
import { type S3Server, startS3Server } from "../../../../local/s3/s3Server.ts";

const credentials = { accessKeyId: "test", secretAccessKey: "test" };
const [here, there] = ["us-east-1", "eu-west-1"] as const;
const prefix = "godwit-firmware-";
const sha256 = "a".repeat(64);
const image = Buffer.from("0123456789");

const put = (server: S3Server, region: string, key: string) =>
  server.handle({ method: "PUT", url: `/${prefix}${region}${key}`, headers: {}, body: image });

/** The buckets of two regions, of which the given ones have the image. */
const start = async (regions: readonly string[]) => {
  const own = await startS3Server({ region: here, credentials });
  const other = await startS3Server({ region: there, credentials });
  onTestFinished(own.stop);
  onTestFinished(other.stop);
  for (const [server, region] of [
    [own, here],
    [other, there],
  ] as const) {
    await put(server, region, "");
    if (regions.includes(region)) await put(server, region, `/images/${sha256}`);
  }
  const peers = { [there]: other.url };
  own.setFaults({ conditions: {}, peers });
  vi.stubEnv("AWS_REGION", here);
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  vi.stubEnv("AWS_ENDPOINT_URL_S3", own.url);
  onTestFinished(() => void vi.unstubAllEnvs());
  const options = { region: here, regions: [here, there], prefix };
  let ms = Date.now();
  const downloads = s3ImageDownloads({ ...options, endpoint: own.url }, () => ms);
  const fail = () => own.setFaults({ conditions: { buckets: { isStopped: true } }, peers });
  return { downloads, options, fail, pass: (more: number) => (ms += more), own };
};

const regionOf = (url = "") => /Credential=test%2F\d+%2F([^%]+)%2Fs3/.exec(url)?.[1];

it.each([
  ["this region", [here, there], here],
  ["the other region, if this one lacks it", [there], there],
])("an image is read from %s, by its URL and in parts", async (_, regions, expected) => {
  const { downloads } = await start(regions);
  const found = await downloads.url(sha256, 900);
  expect(regionOf(found?.url)).toBe(expected);
  expect(found?.expiresAt).toBeGreaterThan(Date.now() + 890_000);
  const answer = await fetch(found?.url ?? "", { headers: { range: "bytes=2-4" } });
  expect([answer.status, await answer.text()]).toEqual([206, "234"]);
  expect(Buffer.from((await downloads.read(sha256, 8, 5)) ?? []).toString()).toBe("89");
});

it("an image that no region has is not found", async () => {
  const { downloads } = await start([]);
  expect(await downloads.url(sha256, 900)).toBeUndefined();
  expect(await downloads.read(sha256, 0, 5)).toBeUndefined();
});

it("while this region does not respond, images come from the other one, or the read fails", async () => {
  const { downloads, fail } = await start([here, there]);
  fail();
  expect(regionOf((await downloads.url(sha256, 900))?.url)).toBe(there);
  expect(Buffer.from((await downloads.read(sha256, 0, 2)) ?? []).toString()).toBe("01");
  await expect(downloads.url("b".repeat(64), 900)).rejects.toThrow();
});

it("a worker asks once in a while whether a region has an image", async () => {
  const { downloads, pass, fail } = await start([here]);
  await downloads.url(sha256, 900);
  fail();
  expect(regionOf((await downloads.url(sha256, 900))?.url)).toBe(here);
  pass(imagesKnownMs + 1);
  await expect(downloads.url(sha256, 900)).rejects.toThrow();
});

it("on AWS, a URL has the address of S3, whatever replaces it for functions", async () => {
  const { options } = await start([here]);
  const downloads = s3ImageDownloads({ ...options, endpoint: "amazon" });
  const found = await downloads.url(sha256, 900);
  expect(found?.url).toMatch(
    new RegExp(
      `^https://s3\\.${here}\\.amazonaws\\.com/${prefix}${here}/images/${sha256}\\?X-Amz-`,
    ),
  );
});
