import type { DeviceEvent } from "#shared/event/deviceEvent.ts";
import type { Integration } from "#shared/integration/model/integration.ts";
import { integrationsFreshMs, integrationsRetryMs } from "#shared/integration/model/limits.ts";
import { matching } from "#shared/integration/model/match.ts";

/** The settings of an integration from a time on; `undefined` if it was removed. */
interface IntegrationVersion {
  readonly from: number;
  readonly integration: Integration | undefined;
}

export type IntegrationHistory = ReturnType<typeof createIntegrationHistory>;

/** The history of every integration. */
export const createIntegrationHistory = ({ now, start }: { now: () => number; start: number }) => {
  const history = new Map<string, IntegrationVersion[]>();
  /** When a worker last used its cache of a fleet. */
  const staleAt = new Map<string, number>();
  const of = (id: string): readonly IntegrationVersion[] => history.get(id) ?? [];
  const isMatched = (integration: Integration | undefined, event: DeviceEvent): boolean =>
    integration !== undefined &&
    integration.fleet === event.fleet &&
    matching([integration], event).length > 0;

  /** Whether every worker that receives an event uses the settings that were written at a time. */
  const isKnown = ({ fleet }: DeviceEvent, { from, at }: { from: number; at: number }): boolean => {
    const stale = staleAt.get(fleet) ?? Number.NEGATIVE_INFINITY;
    return (
      from === start || (from + integrationsFreshMs < at && stale + integrationsRetryMs < from)
    );
  };

  return {
    changed(id: string, integration: Integration | undefined): void {
      history.set(id, [...of(id), { from: now(), integration }]);
    },
    recordStale: (fleet: string): void => void staleAt.set(fleet, now()),
    isRemoved: (id: string): boolean => of(id).at(-1)?.integration === undefined,
    wasDisabled: (id: string): boolean =>
      of(id).some(({ integration }) => integration?.disabled === true),
    /** Whether it matched the event since its creation, and was never disabled. */
    alwaysMatched: (id: string, event: DeviceEvent): boolean =>
      of(id).every(({ integration }) => isMatched(integration, event)),
    everMatched: (id: string, event: DeviceEvent): boolean =>
      of(id).some(({ integration }) => isMatched(integration, event)),
    /**
     * The integrations that must receive an event: they have matched since before its acceptance,
     * and every worker knew.
     */
    due: (event: DeviceEvent, at: number): Integration[] =>
      [...history.values()].flatMap((versions) => {
        const { from, integration } = versions.at(-1)!;
        return integration !== undefined &&
          isMatched(integration, event) &&
          isKnown(event, { from, at })
          ? [integration]
          : [];
      }),
  };
};
