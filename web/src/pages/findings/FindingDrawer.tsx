import { useQuery } from "@tanstack/react-query";
import { Button, Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { Link } from "react-router";

import { findingQuery } from "../../api/queries";
import { paths } from "../../lib/paths";
import { Icon } from "../../ui/Icon";
import { FINDING_KIND } from "../../ui/marks";
import { ProblemBox, Skeleton } from "../../ui/states";
import { FindingView } from "./FindingView";

/** A finding beside its list; closing it leaves the list as it was. */
export function FindingDrawer({ id, onClose }: { id: string | undefined; onClose: () => void }) {
  return (
    <ModalOverlay className="overlay" isOpen={id !== undefined} onOpenChange={(open) => open || onClose()} isDismissable>
      <Modal className="drawer">
        <Dialog className="dialog">{id !== undefined && <Content id={id} onClose={onClose} />}</Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function Content({ id, onClose }: { id: string; onClose: () => void }) {
  const finding = useQuery(findingQuery(id));
  return (
    <>
      <div className="dialog-head">
        <div>
          <Heading slot="title">{finding.data?.title ?? "Finding"}</Heading>
          {finding.data && <p className="muted">{FINDING_KIND[finding.data.kind]}</p>}
        </div>
        <span className="pair">
          <Link to={paths.finding(id)} className="button">
            <Icon name="link" />
            Open as page
          </Link>
          <Button className="icon-button" aria-label="Close" onPress={onClose}>
            <Icon name="close" />
          </Button>
        </span>
      </div>
      {finding.error !== null && <ProblemBox error={finding.error} retry={() => void finding.refetch()} />}
      {finding.isPending && <Skeleton lines={10} />}
      {finding.data && <FindingView finding={finding.data} />}
    </>
  );
}
