import { describe, expect, it, vi } from "vitest";
import { checkUpdate, type UpdateCheckDeps } from "#shared/canary/checkUpdate.ts";
import { canaryImage, canaryImageSha256 } from "#shared/canary/image.ts";
import type { CanaryOfferedImage, CanaryRequest } from "#shared/canary/ports.ts";
import { ensureUpdateTarget, type UpdateTarget } from "#shared/canary/updateTarget.ts";
import { objectives } from "#shared/objective/objectives.ts";
import { someTime } from "../../memory/samples.ts";

const target: UpdateTarget = {
  ...{ product: 7, version: 1, release: "r1" },
  device: { id: "d1", fleet: "f1", certificate: "cert", privateKey: "key" },
};
const own = "/v1/products/7";
const shownPath = `${own}/releases/r1/devices/d1`;

/** A cloud that works, unless a part of it is replaced. */
const cloud = (given: Partial<CanaryOfferedImage> & { isShown?: boolean; image?: Buffer } = {}) => {
  const { isShown = true, image = canaryImage, ...changes } = given;
  const reports: { state?: string }[] = [];
  const close = vi.fn(async () => {});
  const offer = { release: "r1", sha256: canaryImageSha256, url: "https://s3/image", ...changes };
  const deps: UpdateCheckDeps = {
    ...{ target, objectives, now: () => someTime, elapsed: () => 0, wait: async () => {} },
    api: {
      async send({ path }) {
        expect(path).toBe(shownPath);
        const isAccepted = isShown && reports.some(({ state }) => state === "accepted");
        const accepted_at = isAccepted ? "2026-01-01T00:00:00.000Z" : null;
        return { status: 200, body: { device: { state: "waiting", accepted_at } } };
      },
    },
    connect: async () => ({
      offered: Promise.resolve(offer),
      report: async (message) => void reports.push(message),
      close,
    }),
    readImage: async (_, offset) => image.subarray(offset),
    signal: new AbortController().signal,
  };
  return { deps, reports, close };
};

describe("the check of an update", () => {
  it("passes if the device is offered the image, reads it, and the API shows its report", async () => {
    const { deps, reports, close } = cloud();
    expect(await checkUpdate(deps)).toMatchObject({ check: "update", outcome: "passed" });
    expect(reports).toMatchObject([
      { release: "r1", state: "accepted" },
      { release: "r1", state: "deferred", until: someTime + 60_000 },
    ]);
    expect(close).toHaveBeenCalledTimes(1);
  });

  it.each([
    ["the device was offered something else", cloud({ release: "r2" })],
    ["the device was offered something else", cloud({ sha256: "0".repeat(64) })],
    ["the offer has no URL", cloud({ url: undefined })],
    ["the image is another one", cloud({ image: Buffer.alloc(canaryImage.length) })],
    ["the API does not show what the device has reported", cloud({ isShown: false })],
  ])("fails: %s", async (reason, { deps, close }) => {
    expect(await checkUpdate(deps)).toMatchObject({ outcome: "failed", reason });
    expect(close).toHaveBeenCalledTimes(1);
  });

  it("says nothing in the run that has made its release", async () => {
    const { deps } = cloud();
    expect(await checkUpdate({ ...deps, target: undefined })).toMatchObject({ outcome: "unknown" });
  });
});

describe("the target of the check", () => {
  /** Answers requests by method and path; `undefined` is a 404. */
  const api = (answers: Readonly<Record<string, unknown>>) => {
    const sent: CanaryRequest[] = [];
    return {
      sent,
      async send(request: CanaryRequest) {
        sent.push(request);
        const body = answers[`${request.method} ${request.path}`];
        return { status: body === undefined ? 404 : 200, body: body ?? {} };
      },
    };
  };
  const { signal } = new AbortController();
  const made = { id: "d1", fleet: "f1", certificate: "cert", private_key: "key" };
  const devices = `${own}/devices`;
  const flashed = { [`PUT ${devices}/d1`]: { release: "r1" } };

  it("is made once: a product, an image, a device and its release", async () => {
    const answers = {
      "GET /v1/products": { products: [] },
      "POST /v1/products": { product: { id: 7 } },
      [`GET ${own}/firmware`]: [],
      [`POST ${own}/firmware`]: {},
      [`GET ${devices}?per_page=10`]: { devices: [] },
      [`POST ${devices}`]: made,
      ...flashed,
    };
    const ensured = await ensureUpdateTarget(undefined, { api: api(answers), signal });
    expect(ensured).toEqual({ target, isReady: false });
  });

  it("uses what a run has left that crashed, and removes its device", async () => {
    const answers = {
      "GET /v1/products": { products: [{ id: 7 }] },
      [`GET ${own}/firmware`]: [{ version: 4, sha256: canaryImageSha256 }],
      [`GET ${devices}?per_page=10`]: { devices: [{ id: "d0" }] },
      [`DELETE ${devices}/d0`]: {},
      [`POST ${devices}`]: made,
      ...flashed,
    };
    const ensured = await ensureUpdateTarget(undefined, { api: api(answers), signal });
    expect(ensured.target).toEqual({ ...target, version: 4 });
  });

  it.each([404, 400])("is made again if someone has removed it: %i", async (removed) => {
    const other = "/v1/products/8";
    const answers = {
      "GET /v1/products": { products: [{ id: 8 }] },
      [`GET ${other}/firmware`]: [{ version: 1, sha256: canaryImageSha256 }],
      [`GET ${other}/devices?per_page=10`]: { devices: [] },
      [`POST ${other}/devices`]: { ...made, id: "d2" },
      [`PUT ${other}/devices/d2`]: { release: "r2" },
    };
    const working = api(answers);
    const send = async (asked: CanaryRequest) => {
      const isFormer = asked.method === "PUT" && asked.path === `${devices}/d1`;
      return isFormer ? { status: removed, body: {} } : working.send(asked);
    };
    const ensured = await ensureUpdateTarget(target, { api: { send }, signal });
    const device = { ...target.device, id: "d2" };
    expect(ensured).toEqual({
      target: { product: 8, version: 1, device, release: "r2" },
      isReady: false,
    });
  });

  it.each(["waiting", "downloading"])("is kept while its device is %s", async (state) => {
    const answers = { [`GET ${shownPath}`]: { device: { state, accepted_at: null } } };
    const ensured = await ensureUpdateTarget(target, { api: api(answers), signal });
    expect(ensured).toEqual({ target, isReady: true });
  });

  it.each(["failed", "excluded", undefined])(
    "gets another release if its device is %s",
    async (state) => {
      const shown = state && { [`GET ${shownPath}`]: { device: { state, accepted_at: null } } };
      const answers = { ...shown, [`PUT ${devices}/d1`]: { release: "r2" } };
      const ensured = await ensureUpdateTarget(target, { api: api(answers), signal });
      expect(ensured).toEqual({ target: { ...target, release: "r2" }, isReady: false });
    },
  );
});
