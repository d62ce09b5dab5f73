import { useQuery } from "@tanstack/react-query";
import { Button, Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { Link } from "react-router";

import { eventQuery } from "../../api/queries";
import { paths } from "../../lib/paths";
import { Icon } from "../../ui/Icon";
import { ProblemBox, Skeleton } from "../../ui/states";
import { actionOf, sentence } from "../eventColumns";
import { EventView } from "../EventView";

/** An event beside its list; closing it leaves the list as it was. */
export function EventDrawer({ id, onClose }: { id: string | undefined; onClose: () => void }) {
  return (
    <ModalOverlay className="overlay" isOpen={id !== undefined} onOpenChange={(open) => open || onClose()} isDismissable>
      <Modal className="drawer">
        <Dialog className="dialog">{id !== undefined && <Content id={id} onClose={onClose} />}</Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function Content({ id, onClose }: { id: string; onClose: () => void }) {
  const detail = useQuery(eventQuery(id));
  return (
    <>
      <div className="dialog-head">
        <div>
          <Heading slot="title" className="mono">
            {detail.data ? actionOf(detail.data.event) : "Event"}
          </Heading>
          {detail.data && <p className="muted">{sentence(detail.data.event)}</p>}
        </div>
        <span className="pair">
          <Link to={paths.event(id)} className="button">
            <Icon name="link" />
            Open as page
          </Link>
          <Button className="icon-button" aria-label="Close" onPress={onClose}>
            <Icon name="close" />
          </Button>
        </span>
      </div>
      {detail.error !== null && <ProblemBox error={detail.error} retry={() => void detail.refetch()} />}
      {detail.isPending && <Skeleton lines={10} />}
      {detail.data && <EventView detail={detail.data} />}
    </>
  );
}
