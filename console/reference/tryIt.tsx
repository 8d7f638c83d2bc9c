import { useContext, useEffect, useRef, useState } from "preact/hooks";
import type { ApiRequest } from "../api/apiRequest.ts";
import { urlOfRequest } from "../api/apiUrl.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Block, Text } from "../ui/text.tsx";
import { AccessContext } from "./access.ts";
import { isPublic, type Operation } from "./document.ts";
import { type Answer, send } from "./send.ts";
import type { Made } from "./values.ts";

interface Props {
  readonly operation: Operation;
  readonly made: Made;
}

type State = { readonly problem: string } | { readonly answer: Answer | undefined } | undefined;

const ended = (answer: Answer): State => ({ answer: { ...answer, isOver: true } });

const problemOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** Sends requests of an operation, one at a time, and shows their answers. */
const useSending = (): {
  readonly state: State;
  readonly isBusy: boolean;
  start(request: ApiRequest): Promise<void>;
  stop(): void;
} => {
  const access = useContext(AccessContext);
  const [state, setState] = useState<State>();
  const [isBusy, setBusy] = useState(false);
  const running = useRef<AbortController>(undefined);
  const stop = (): void => running.current?.abort();
  useEffect(() => stop, []);
  const start = async (request: ApiRequest): Promise<void> => {
    stop();
    const abort = new AbortController();
    running.current = abort;
    setBusy(true);
    setState({ answer: undefined });
    try {
      const onAnswer = (answer: Answer): void => setState({ answer });
      await send(request, { access, signal: abort.signal, onAnswer });
    } catch (error) {
      if (!abort.signal.aborted) setState({ problem: problemOf(error) });
      else setState((now) => (now && "answer" in now && now.answer ? ended(now.answer) : now));
    } finally {
      if (running.current === abort) setBusy(false);
    }
  };
  return { state, isBusy, start, stop };
};

/** Sends the request of an operation to the cloud of the page. A change asks first. */
export const TryIt = ({ operation, made }: Props) => {
  const { session, token } = useContext(AccessContext);
  const { state, isBusy, start, stop } = useSending();
  const [asked, setAsked] = useState<ApiRequest>();
  const isAllowed = isPublic(operation) || session !== undefined || token !== "";
  const submit = (): void => {
    if (!("request" in made)) return;
    if (made.request.method === "GET") void start(made.request);
    else setAsked(made.request);
  };
  return (
    <>
      {"problem" in made && <p class="hint">{made.problem}</p>}
      {!isAllowed && <p class="hint">Enter a token or sign in to the console first.</p>}
      <div class="actions">
        <button
          type="button"
          class="button primary"
          disabled={"problem" in made || !isAllowed || isBusy}
          onClick={submit}
        >
          Send{operation.method === "GET" ? "" : "…"}
        </button>
        {isBusy && (
          <button type="button" class="button" onClick={stop}>
            Stop
          </button>
        )}
      </div>
      {asked !== undefined && (
        <Ask
          request={asked}
          onClose={() => setAsked(undefined)}
          onSend={() => {
            setAsked(undefined);
            void start(asked);
          }}
        />
      )}
      <div aria-live="polite" class="stack">
        {state !== undefined && "problem" in state && (
          <p class="problem">
            <Text value={`The request got no answer: ${state.problem}`} />
          </p>
        )}
        {state !== undefined && "answer" in state && <AnswerView answer={state.answer} />}
      </div>
    </>
  );
};

interface AskProps {
  readonly request: ApiRequest;
  onSend(): void;
  onClose(): void;
}

const Ask = ({ request, onSend, onClose }: AskProps) => (
  <Dialog title={`Send ${request.method}?`} onClose={onClose}>
    <p>This request {request.method === "DELETE" ? "deletes" : "changes"} data of your cloud:</p>
    <Block label="Request" value={`${request.method} ${urlOfRequest(request).href}`} />
    <div class="actions end">
      <button type="button" class="button" onClick={onClose}>
        Cancel
      </button>
      <button
        type="button"
        class={`button ${request.method === "DELETE" ? "danger" : "primary"}`}
        onClick={onSend}
      >
        Send
      </button>
    </div>
  </Dialog>
);

const AnswerView = ({ answer }: { answer: Answer | undefined }) => {
  if (answer === undefined) return <p class="muted">Waiting for the answer…</p>;
  const { status, ms, headers, text, isOver } = answer;
  return (
    <>
      <p>
        <strong>{status}</strong> after {ms} ms{isOver ? "" : ", receiving…"}
      </p>
      <dl class="facts">
        {headers.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <Text value={value} />
            </dd>
          </div>
        ))}
      </dl>
      {text !== "" && <Block label="Answer" value={text} />}
    </>
  );
};
