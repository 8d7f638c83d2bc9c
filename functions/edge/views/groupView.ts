import type { Group } from "#shared/device/group/group.ts";
import type { Impact } from "#shared/release/impact.ts";
import type { GroupBody, ImpactBody } from "#shared/routes/groupRoutes.ts";

/** A group in Particle's format. `version`: the firmware that is released to it. */
export const groupView = (
  { name, description, color }: Group,
  version: number | undefined,
): GroupBody => ({
  name,
  description: description ?? null,
  color: color ?? null,
  fw_version: version ?? null,
});

/** The impact of a change of assignments in Particle's format. */
export const impactView = ({ total, byVersion, byRunning, isPartial }: Impact): ImpactBody => ({
  devices: {
    firmware_update: {
      total,
      by_version: [...byVersion].map(([version, count]) => ({ version, total: count })),
      by_running_version: [...byRunning].map(([version, count]) => ({ version, total: count })),
      at_least: isPartial,
    },
  },
});
