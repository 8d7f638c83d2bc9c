import { urlOf } from "../../route/router.ts";
import { Card } from "../../ui/card.tsx";
import { Copy } from "../../ui/copy.tsx";
import { Block } from "../../ui/text.tsx";

/** A signing secret, which is shown once. */
export const NewSecret = ({ secret, integration }: { secret: string; integration: string }) => (
  <Card title="Signing secret">
    <p>
      Your server verifies with it that a request comes from Godwit.{" "}
      <strong>It is shown only now.</strong>
    </p>
    <Block label="Signing secret" value={secret} />
    <div class="actions">
      <Copy text={secret} />
      <a class="button primary" href={urlOf(`/integrations/${integration}`)}>
        Open the integration
      </a>
    </div>
  </Card>
);
