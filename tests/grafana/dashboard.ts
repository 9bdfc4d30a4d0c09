// What Grafana reads of a dashboard file, by its own published types, with every panel's options and
// field settings closed: an unknown or misspelt one is a compile error. Two things are added that
// @grafana/schema leaves open: Prometheus' query, and what its annotations say of themselves.
import type {DataTransformerID, FieldMatcherID, MatcherConfig} from '@grafana/data';
import type * as grafana from '@grafana/schema';
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as table from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type * as timeseries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

/** A type as JSON spells it: enumerators by their values. */
type Json<T> =
  T extends string ? `${T}` :
  T extends number ? (`${T}` extends `${infer N extends number}` ? N : never) :
  T extends Array<infer E> ? Json<E>[] :
  T extends object ? {[K in keyof T]: Json<T[K]>} : T;

interface Source {type: 'prometheus'; uid: string}

interface PrometheusQuery {
  refId: string;
  datasource?: Source;
  expr: string;
  legendFormat?: string;
  format?: 'time_series' | 'table' | 'heatmap';
  instant?: boolean;
  range?: boolean;
  interval?: string;
  exemplar?: boolean;
}

/** Settings of one field: the standard ones, and the panel's own under "custom". */
type Settings<Own> = Omit<Json<grafana.FieldConfig>, 'custom'> & {custom?: Json<Own>};
type Standard = Json<Omit<grafana.FieldConfig, 'custom'>>;
type Property<Own> =
  {[K in keyof Standard & string]-?: {id: K; value: Standard[K]}}[keyof Standard & string] |
  {[K in keyof Own & string]-?: {id: `custom.${K}`; value: Json<Own[K]>}}[keyof Own & string];
interface Override<Own> {
  matcher: Omit<Json<MatcherConfig>, 'id'> & {id: `${FieldMatcherID}`};
  properties: Property<Own>[];
}

/** What "organize" may be told; its type has no index of its own. */
interface Organize {
  id: `${DataTransformerID.organize}`;
  options: {
    excludeByName?: Record<string, boolean>;
    indexByName?: Record<string, number>;
    renameByName?: Record<string, string>;
  };
}
interface SortBy {
  id: `${DataTransformerID.sortBy}`;
  options: {fields?: Record<string, never>; sort: {field: string; desc?: boolean}[]};
}
interface Merge {id: `${DataTransformerID.merge}`; options: Record<string, never>}

type Open = 'type' | 'options' | 'fieldConfig' | 'targets' | 'datasource' | 'transformations';
type PanelOf<Type extends string, Options, Own> = Omit<Json<grafana.Panel>, Open> & {
  type: Type;
  title: string;
  description: string;
  id: number;
  gridPos: grafana.GridPos;
  datasource: Source;
  targets: PrometheusQuery[];
  options: Json<Options>;
  fieldConfig: {defaults: Settings<Own>; overrides: Override<Own>[]};
  transformations?: (Organize | SortBy | Merge)[];
};
type None = Record<string, never>;
export type AnyPanel =
  PanelOf<'stat', stat.Options, None> |
  PanelOf<'table', table.Options, Partial<table.FieldConfig>> |
  PanelOf<'timeseries', timeseries.Options, timeseries.FieldConfig>;
type Row = Omit<Json<grafana.RowPanel>, 'panels'> & {panels: AnyPanel[]};

type Variable = Omit<Json<grafana.VariableModel>, 'type' | 'query' | 'datasource'> & (
  {type: 'query'; datasource: Source; query: {query: string; refId: string}} |
  {type: 'datasource'; query: string});

/** Prometheus' annotations keep these beside the query. */
type Mark = Omit<Json<grafana.AnnotationQuery>, 'target' | 'datasource'> & {
  datasource: Source;
  target: PrometheusQuery;
  titleFormat?: string;
  textFormat?: string;
  tagKeys?: string;
  useValueForTime?: 'true' | 'false';
};

export type Dashboard = Omit<Json<grafana.Dashboard>, 'panels' | 'templating' | 'annotations'> & {
  panels: (AnyPanel | Row)[];
  templating: {list: Variable[]};
  annotations: {list: Mark[]};
};
