import { describe, expect, it } from "vitest";
import { signingKeyBytes } from "#shared/integration/kind/limits.ts";
import { rotateSigningSecret } from "#shared/integration/rotateSigningSecret.ts";
import { memoryIntegrations } from "../../memory/delivery/integrations.ts";
import { anIntegration, fleet, someTime, stoppedClock } from "../../memory/samples.ts";
import { remembering } from "./model/cacheSupport.ts";

const world = (given = anIntegration({ signing: { secret: "whsec_old" } })) => {
  const clock = stoppedClock();
  const integrations = memoryIntegrations([given]);
  const wait = async (ms: number) => {
    clock.ms += ms;
  };
  return { clock, integrations, now: clock.now, wait };
};
const one = { fleet, id: "integration-1" };

describe("rotating a secret", () => {
  it("creates a new secret, and the previous one also signs during the overlap", async () => {
    const deps = world();
    const signing = await rotateSigningSecret(one, { overlap: 60 }, deps);
    expect(signing.secret).toMatch(/^whsec_/);
    expect(Buffer.from(signing.secret.slice(6), "base64")).toHaveLength(signingKeyBytes);
    expect(signing.former).toEqual({ secret: "whsec_old", until: someTime + 60_000 });
    expect((await deps.integrations.find(fleet, one.id))?.signing).toEqual(signing);
  });

  it("ends the previous one at once without an overlap", async () => {
    expect(await rotateSigningSecret(one, { overlap: 0 }, world())).toEqual({
      secret: expect.any(String),
    });
  });

  it("creates the first secret of an integration without one", async () => {
    const deps = world(anIntegration());
    expect(await rotateSigningSecret(one, { overlap: 60 }, deps)).toEqual({
      secret: expect.any(String),
    });
  });

  it("returns after every worker signs with it", async () => {
    const deps = world();
    const known = remembering(deps);
    await known.find(fleet, one.id);
    const signing = await rotateSigningSecret(one, { overlap: 60 }, deps);
    expect(await known.find(fleet, one.id)).toMatchObject({ signing });
  });

  it("does not undo a concurrent change by the cloud: a disabled integration stays disabled", async () => {
    const deps = world();
    const integrations = {
      ...deps.integrations,
      async find(...which: [string, string]) {
        const found = await deps.integrations.find(...which);
        await deps.integrations.disable(fleet, one.id, "gone");
        return found;
      },
    };
    const signing = await rotateSigningSecret(one, { overlap: 60 }, { ...deps, integrations });
    const after = { signing, disabled: true, disabledReason: "gone" };
    expect(await deps.integrations.find(fleet, one.id)).toMatchObject(after);
  });

  it("is limited to the fleet", async () => {
    await expect(
      rotateSigningSecret({ fleet: "other", id: one.id }, { overlap: 60 }, world()),
    ).rejects.toMatchObject({ code: "not_found" });
  });
});
