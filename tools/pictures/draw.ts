import { type Day, replayDay } from '../day/day';
import { drawDay } from '../day/day-picture';
import { nightsOf } from '../day/night';
import { drawNight } from '../day/night-picture';
import type { Assembly } from './assembly';
import { type Graph, stackGraph, wholeGraph } from './graph';
import { layOut } from './layout';
import { drawGraph } from './svg';
import { THEMES, type ThemeName } from './themes';

/** A file of docs/pictures, and what stands in it. */
export interface Picture {
  readonly file: string;
  readonly svg: string;
}

/** `EcsEc2` as a file has it: `ecs-ec2`. */
export const fileStem = (id: string): string => id.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase();

/** Every architecture picture: one of each stack and one of all, each in every theme. */
export async function drawArchitecture(assembly: Assembly): Promise<Picture[]> {
  const graphs: readonly (readonly [stem: string, graph: Graph])[] = [
    ['all', wholeGraph(assembly)],
    ...assembly.stacks.map(({ id }) => [fileStem(id), stackGraph(assembly, id)] as const),
  ];
  const pictures: Picture[] = [];
  for (const [stem, graph] of graphs) {
    const layout = await layOut(graph);
    for (const theme of Object.keys(THEMES) as ThemeName[])
      pictures.push({ file: `${stem}-${theme}.svg`, svg: drawGraph(graph, layout, THEMES[theme]) });
  }
  return pictures;
}

/** The pictures of a day: one of the options side by side, and one of each night with fewer instances. */
export function drawDays(day: Day): Picture[] {
  return (Object.keys(THEMES) as ThemeName[]).flatMap((theme) => [
    { file: `day-${theme}.svg`, svg: drawDay(day, THEMES[theme]) },
    ...nightsOf(day).map((night) => ({
      file: `night-${fileStem(night.stack)}-${theme}.svg`,
      svg: drawNight(night, THEMES[theme]),
    })),
  ]);
}

/** Every picture of docs/pictures. */
export const drawAll = async (assembly: Assembly): Promise<Picture[]> => [
  ...(await drawArchitecture(assembly)),
  ...drawDays(replayDay(assembly)),
];
