import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../../api/apiError.ts";
import type { ApiRequest } from "../../api/apiRequest.ts";
import type { PreviewBody, PreviewedBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Problem } from "../../ui/problem.tsx";
import { Status } from "../../ui/status.tsx";
import { Text } from "../../ui/text.tsx";
import { SentRequest } from "../integration/sentRequest.tsx";

interface Props {
  readonly request: ApiRequest;
  /** The settings cannot be read yet. */
  readonly problem: string | undefined;
  /** Chooses the events. */
  readonly children?: ComponentChildren;
}

interface State {
  readonly preview?: PreviewBody;
  readonly error?: unknown;
}

/** A repeat of the same preview may succeed. */
const isPassing = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 429 || error.isOutage);

const pauseMs = 400;
const busyMs = 1_500;

/**
 * What the integration would send, while a person types: one request at a time, because a user has
 * few slots for previews. A preview that finds no slot or no API is repeated.
 */
const usePreview = ({ request: wanted, problem }: Props): State => {
  const [state, setState] = useState<State>({});
  const key = problem ?? JSON.stringify([wanted.path, wanted.body]);
  const latest = useRef(wanted);
  latest.current = wanted;
  useEffect(() => {
    if (problem !== undefined) return undefined;
    const ends = new AbortController();
    const run = async (): Promise<void> => {
      try {
        setState({ preview: await request<PreviewBody>(latest.current, ends.signal) });
      } catch (error) {
        if (ends.signal.aborted) return;
        setState((before) => ({ ...before, error }));
        if (isPassing(error)) timer = setTimeout(run, busyMs);
      }
    };
    let timer = setTimeout(run, pauseMs);
    return () => {
      clearTimeout(timer);
      ends.abort();
    };
  }, [key, problem]);
  return problem === undefined ? state : { error: new Error(problem) };
};

const sources = {
  given: "the example event",
  recent: "recent events of the fleet",
  archive: "events of the archive",
} as const;

/** The preview of an integration's requests. */
export const Preview = (props: Props) => {
  const { preview, error } = usePreview(props);
  return (
    <Card title="Preview" actions={<Curl action="Preview" request={props.request} />}>
      {props.children}
      <div aria-live="polite">
        {error !== undefined && <Problem error={error} isRepeated={isPassing(error)} />}
        {preview?.note !== undefined && (
          <p class="hint">
            <Text value={preview.note} />
          </p>
        )}
      </div>
      {preview !== undefined && preview.events.length > 0 && (
        <p class="hint">Requests for {sources[preview.from]}. Nothing is sent.</p>
      )}
      {preview?.events.map((each) => (
        <Previewed key={each.event.id} previewed={each} />
      ))}
      {preview === undefined && error === undefined && (
        <p class="muted">Fill in the form to see the request.</p>
      )}
    </Card>
  );
};

const Previewed = ({
  previewed: { event, matches, request: sent, failure },
}: {
  previewed: PreviewedBody;
}) => (
  <div class="stack">
    <p>
      <Status kind={matches ? "good" : "off"}>{matches ? "matches" : "does not match"}</Status>{" "}
      <strong>
        <Text value={event.name} max={80} />
      </strong>{" "}
      <Text value={event.data} max={120} />
    </p>
    {failure !== undefined && <Problem error={new Error(failure)} />}
    {sent !== null && <SentRequest request={sent} />}
  </div>
);
