import type { DeadLetter } from "#shared/delivery/deadLetter.ts";
import type { Signing } from "#shared/integration/kind/kind.ts";
import type { ListedIntegration } from "#shared/integration/listInput.ts";
import type { Integration } from "#shared/integration/model/integration.ts";
import type { FleetRouting } from "#shared/integration/model/integrations.ts";
import { maskSettings } from "#shared/integration/secret/maskSettings.ts";
import type { DeadLetterBody } from "#shared/routes/deadLetterRoutes.ts";
import type { IntegrationBody, ListedBody, SigningBody } from "#shared/routes/integrationRoutes.ts";
import { storedEventView } from "./storedEventView.ts";

/** An integration in a list or after a change, in Particle's format. */
export const integrationView = (integration: Integration): IntegrationBody => {
  const { id, event, name, kind, deviceID, disabled, createdAt } = integration;
  return {
    id,
    event,
    name,
    ...(integration.kind === "Webhook" && {
      url: integration.url,
      requestType: integration.requestType,
    }),
    deviceID: deviceID ?? null,
    disabled,
    created_at: createdAt,
    integration_type: kind,
  };
};

/**
 * A list of integrations. An integration that cannot be read has only its id, so that it can be
 * removed.
 */
export const integrationsView = ({
  integrations,
  unreadable,
}: Pick<FleetRouting, "integrations" | "unreadable">): ListedBody[] => [
  ...integrations.map(integrationView),
  ...[...unreadable.keys()].map((id) => ({ id, unreadable: true as const })),
];

/** An integration in a list with a cursor. */
export const listedView = (listed: ListedIntegration) =>
  "unreadable" in listed
    ? { id: listed.unreadable, unreadable: true as const }
    : { ...integrationView(listed.integration), state: listed.state };

/**
 * All settings of an integration with masked secrets, in a form that can be changed and sent back.
 */
export const integrationDetails = (integration: Integration) => {
  const {
    fleet: _,
    product: _product,
    kind,
    createdAt,
    revision: _revision,
    enabledAt: _enabledAt,
    ...settings
  } = maskSettings(integration);
  return {
    ...settings,
    signed: integration.signing !== undefined,
    created_at: createdAt,
    integration_type: kind,
  };
};

/** The signing secret, shown once, and the time until which the previous one signs, too. */
export const signingView = (signing: Signing | undefined): SigningBody =>
  signing === undefined
    ? {}
    : {
        signing_secret: signing.secret,
        ...(signing.former && {
          previous_signs_until: new Date(signing.former.until).toISOString(),
        }),
      };

/** A dead letter. The format is Godwit's. */
export const deadLetterView = ({ delivery, reason, buriedAt }: DeadLetter): DeadLetterBody => {
  const { id, event, attempts, status } = delivery;
  return {
    id,
    reason,
    status: status ?? null,
    attempts,
    failed_at: new Date(buriedAt).toISOString(),
    event: storedEventView(event),
  };
};
