import { useQuery } from "@tanstack/react-query";
import type { ComponentType, ReactNode } from "react";

import { explainQuery } from "../../api/queries";
import type { Explanation } from "../../api/types";
import { number } from "../../lib/format";
import { Notes } from "../../ui/Prose";
import { ProblemBox, Skeleton } from "../../ui/states";
import { CopyButton } from "../../ui/values";
import { ChainView } from "./Chain";
import { chainsOf } from "./chains";

type Part = ComponentType<{ explanation: Explanation }>;

interface Props {
  id: string;
  before?: Part;
  after?: Part;
  /** What is known without the chain, for when that cannot be had. */
  otherwise?: ReactNode;
}

/** The explanation of an event, a session or a workload, fetched by its id. */
export function Explained({ id, before: Before, after: After, otherwise }: Props) {
  const explanation = useQuery(explainQuery(id));
  if (explanation.error !== null) {
    return (
      <>
        <ProblemBox error={explanation.error} retry={() => void explanation.refetch()} />
        {otherwise}
      </>
    );
  }
  if (explanation.isPending) return <Skeleton lines={5} label="Loading the explanation" />;
  return (
    <>
      {Before !== undefined && <Before explanation={explanation.data} />}
      <Chains explanation={explanation.data} />
      <WhyNotStronger reasons={explanation.data.why_not_stronger} />
      {After !== undefined && <After explanation={explanation.data} />}
      <p className="explain-copy">
        <CopyButton text={explanation.data.text.join("\n")} label="Copy as text: the explanation">
          Copy as text
        </CopyButton>
      </p>
    </>
  );
}

function Chains({ explanation }: { explanation: Explanation }) {
  const chains = chainsOf(explanation.steps);
  if (chains.length === 0) return <p className="muted">No step is known: {explanation.text[0] ?? "nothing in the lake names who holds these credentials"}</p>;
  return chains.map((chain, index) => {
    const label = chains.length === 1 ? "Chain, step by step" : `Chain ${number(index + 1)}, step by step`;
    // The chains of an answer do not move: their place is their identity.
    // oxlint-disable-next-line react/no-array-index-key
    return <ChainView key={index} chain={chain} label={label} />;
  });
}

/** What keeps the attribution from being exact. */
function WhyNotStronger({ reasons }: { reasons: string[] }) {
  if (reasons.length === 0) return null;
  return (
    <div className="explain-why">
      <h3>Why not stronger</h3>
      <Notes notes={reasons} />
    </div>
  );
}
