import ELK, { type ElkExtendedEdge, type ElkNode } from 'elkjs/lib/elk.bundled.js';
import type { Arrow, Card, Frame, Graph } from './graph';
import { textWidth, wrap } from './text';

export const SIZES = {
  /** Width of the text of a card. */
  text: 180,
  padding: 10,
  icon: 34,
  title: { size: 15, line: 18 },
  name: { size: 12, line: 15 },
  detail: { size: 13, line: 17 },
  label: 12,
  /** Height of a frame's title. */
  frameTitle: 46,
  margin: 10,
} as const;

/** A card with its lines and its place. */
export interface PlacedCard {
  readonly card: Card;
  readonly titleLines: readonly string[];
  readonly nameLines: readonly string[];
  readonly detailLines: readonly string[];
  readonly box: Box;
}
export interface PlacedFrame {
  readonly frame: Frame;
  readonly box: Box;
}
export interface PlacedArrow {
  readonly points: readonly Point[];
  readonly label?: { readonly text: string; readonly box: Box };
}
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
export interface Point {
  readonly x: number;
  readonly y: number;
}
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly cards: readonly PlacedCard[];
  readonly frames: readonly PlacedFrame[];
  readonly arrows: readonly PlacedArrow[];
}

const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.layered.spacing.nodeNodeBetweenLayers': '30',
  'elk.spacing.nodeNode': '18',
  'elk.spacing.edgeNode': '12',
  'elk.spacing.edgeEdge': '10',
  'elk.spacing.edgeLabel': '4',
  'elk.spacing.componentComponent': '18',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.randomSeed': '1',
} as const;
const FRAME_PADDING = `[top=${SIZES.frameTitle},left=12,bottom=12,right=12]`;

/** On the screen of a telephone, text of a picture that is not wider than this is legible. */
const LEGIBLE_WIDTH = 490;

/** Ways to lay a graph out, the best to read first. */
const WAYS: readonly Readonly<Record<string, string>>[] = [
  { 'elk.direction': 'DOWN' },
  { 'elk.direction': 'RIGHT' },
  {
    'elk.direction': 'DOWN',
    'elk.layered.layering.strategy': 'COFFMAN_GRAHAM',
    'elk.layered.layering.coffmanGraham.layerBound': '2',
  },
];

/**
 * Gives everything its place, in the first way that stays legible on a telephone, or in the narrowest one. The same
 * graph has the same places on every machine.
 */
export async function layOut(graph: Graph): Promise<Layout> {
  const layouts: Layout[] = [];
  for (const way of WAYS) {
    const layout = await layOutBy(graph, way);
    if (layout.width <= LEGIBLE_WIDTH) return layout;
    layouts.push(layout);
  }
  return layouts.reduce((narrowest, each) => (each.width < narrowest.width ? each : narrowest));
}

type Sized = Omit<PlacedCard, 'box'> & { readonly width: number; readonly height: number };

function sized(card: Card): Sized {
  const { text, padding, icon, title, name, detail } = SIZES;
  const besideIcon = text - icon - 8;
  const titleLines = wrap(card.title, besideIcon, title.size, true);
  const nameLines = card.name === undefined ? [] : wrap(card.name, besideIcon, name.size);
  const detailLines = card.details.flatMap((each) => wrap(each, text, detail.size));
  const head = Math.max(icon, titleLines.length * title.line + nameLines.length * name.line);
  const height = padding * 2 + head + (detailLines.length > 0 ? 6 + detailLines.length * detail.line : 0);
  return { card, titleLines, nameLines, detailLines, width: text + padding * 2, height };
}

async function layOutBy(graph: Graph, way: Readonly<Record<string, string>>): Promise<Layout> {
  const cards = new Map(graph.cards.map((card) => [card.id, sized(card)]));
  const frames = new Map(graph.frames.map((frame) => [frame.id, frame]));
  const nodesIn = (parent: string | undefined): ElkNode[] => [
    ...graph.frames
      .filter(({ frame }) => frame === parent)
      .map(({ id }) => ({
        id,
        children: nodesIn(id),
        layoutOptions: { ...way, 'elk.padding': FRAME_PADDING },
      })),
    ...[...cards.values()]
      .filter(({ card }) => card.frame === parent)
      .map(({ card, width, height }) => ({ id: card.id, width, height })),
  ];
  const placed = await new ELK().layout({
    id: 'picture',
    layoutOptions: { ...OPTIONS, ...way, 'elk.padding': '[top=0,left=0,bottom=0,right=0]' },
    children: nodesIn(undefined),
    edges: graph.arrows.map((arrow, index) => elkEdge(arrow, index)),
  });
  return read(placed, cards, frames);
}

const elkEdge = ({ from, to, label, isPermission }: Arrow, index: number): ElkExtendedEdge => ({
  id: `arrow-${index}`,
  sources: [from],
  targets: [to],
  // In a circle, requests and events go forward, and what a permission allows goes back.
  layoutOptions: { 'elk.layered.priority.direction': isPermission === true ? '0' : '10' },
  ...(label !== undefined && {
    labels: [{ text: label, width: Math.ceil(textWidth(label, SIZES.label)) + 6, height: SIZES.label + 4 }],
  }),
});

function read(root: ElkNode, cards: ReadonlyMap<string, Sized>, frames: ReadonlyMap<string, Frame>): Layout {
  const placedCards: PlacedCard[] = [];
  const placedFrames: PlacedFrame[] = [];
  const origins = new Map<string, Point>();
  const visit = (node: ElkNode, at: Point): void => {
    const box = { x: at.x + (node.x ?? 0), y: at.y + (node.y ?? 0), width: node.width ?? 0, height: node.height ?? 0 };
    origins.set(node.id, box);
    const card = cards.get(node.id);
    const frame = frames.get(node.id);
    if (card) placedCards.push({ ...card, box });
    if (frame) placedFrames.push({ frame, box });
    for (const child of node.children ?? []) visit(child, box);
  };
  visit(root, { x: 0, y: 0 });
  const arrows = (root.edges ?? []).map((edge) => readArrow(edge, origins));
  return { width: root.width ?? 0, height: root.height ?? 0, cards: placedCards, frames: placedFrames, arrows };
}

/** ELK gives the points of an edge relative to the frame that holds both of its ends. */
function readArrow(edge: ElkExtendedEdge, origins: ReadonlyMap<string, Point>): PlacedArrow {
  const { x, y } = origins.get((edge as { container?: string }).container ?? 'picture') ?? { x: 0, y: 0 };
  const points = (edge.sections ?? []).flatMap(({ startPoint, bendPoints = [], endPoint }) =>
    [startPoint, ...bendPoints, endPoint].map((point) => ({ x: point.x + x, y: point.y + y })),
  );
  const [label] = edge.labels ?? [];
  return {
    points,
    ...(label?.text !== undefined && {
      label: {
        text: label.text,
        box: { x: (label.x ?? 0) + x, y: (label.y ?? 0) + y, width: label.width ?? 0, height: label.height ?? 0 },
      },
    }),
  };
}
