// The panels that the dashboards use, drawn with Grafana's own components. A kind that is not here
// does not exist: the dashboard then fails to load.
import {PanelPlugin, VizOrientation, cacheFieldDisplayNames, getDisplayValueAlignmentFactors, getFieldDisplayValues} from '@grafana/data';
import * as overrides from '@grafana/data';
import {BigValue, TimeSeries, VizRepeater, useTheme2} from '@grafana/ui';
import {TableNG} from '@grafana/ui/unstable';
import {useLayoutEffect, useMemo} from 'react';

/** Settings that every field has, each with what makes the setting of its JSON. */
export function standardSettings() {
  const like = {
    unit: overrides.unitOverrideProcessor, min: overrides.numberOverrideProcessor, max: overrides.numberOverrideProcessor,
    decimals: overrides.numberOverrideProcessor, displayName: overrides.displayNameOverrideProcessor,
    noValue: overrides.stringOverrideProcessor, color: overrides.identityOverrideProcessor,
    thresholds: overrides.thresholdsOverrideProcessor, mappings: overrides.valueMappingsOverrideProcessor,
    links: overrides.dataLinksOverrideProcessor,
  };
  return Object.entries(like).map(([path, process]) => (
    {id: path, path, name: path, editor: () => null, override: () => null, process, shouldApply: () => true, settings: {},
     ...(path === 'color' ? {defaultValue: {mode: 'thresholds'}} : {}),
     ...(path === 'thresholds' ? {defaultValue: {mode: 'absolute', steps: [{value: -Infinity, color: 'green'}, {value: 80, color: 'red'}]}} : {}),
     ...(path === 'mappings' ? {defaultValue: []} : {})}));
}
const own = settings => builder => {
  for (const [path, defaultValue] of Object.entries(settings)) {
    builder.addCustomEditor({id: path, path, name: path, defaultValue, editor: () => null, override: () => null,
                             process: value => value, shouldApply: () => true});
  }
};
const GRAPH = {
  drawStyle: 'line', lineInterpolation: 'linear', barAlignment: 0, barWidthFactor: .6, lineWidth: 1, fillOpacity: 0, gradientMode: 'none',
  fillBelowTo: undefined, lineStyle: undefined, lineColor: undefined, fillColor: undefined, spanNulls: false, insertNulls: false, showPoints: 'auto',
  showValues: false, pointSize: 5, pointColor: undefined, pointSymbol: undefined, stacking: {mode: 'none', group: 'A'}, axisPlacement: 'auto',
  axisLabel: '', axisColorMode: 'text', axisBorderShow: false, axisWidth: undefined, axisSoftMin: undefined, axisSoftMax: undefined,
  axisCenteredZero: false, axisGridShow: undefined, scaleDistribution: {type: 'linear'}, hideFrom: {tooltip: false, viz: false, legend: false},
  transform: undefined, thresholdsStyle: {mode: 'off'},
};
const TABLE = {
  align: 'auto', cellOptions: {type: 'auto'}, inspect: false, filterable: false, hidden: false, hideHeader: false, width: undefined, minWidth: undefined,
  wrapText: false, wrapHeaderText: false, footer: {reducers: []}, tooltip: undefined, styleField: undefined, hideFrom: {viz: false},
};

function Nothing({width, height}) {
  return <div data-nothing="" style={{width, height, display: 'grid', placeItems: 'center'}}>No data</div>;
}
const empty = data => data.series.every(frame => frame.length === 0);

/** Annotations as dashed lines over the plot. */
function Marks({builder, frames, theme}) {
  useLayoutEffect(() => builder.addHook('draw', plot => {
    const {ctx, bbox} = plot;
    for (const {fields} of frames) {
      const field = name => fields.find(one => one.name === name)?.values ?? [];
      field('time').forEach((at, i) => {
        const x = plot.valToPos(at, 'x', true);
        if (x < bbox.left || x > bbox.left + bbox.width) return;
        ctx.save();
        ctx.strokeStyle = theme.visualization.getColorByName(field('color')[i] ?? 'red');
        ctx.lineWidth = 2;
        ctx.setLineDash([4, 4]);
        ctx.beginPath();
        ctx.moveTo(x, bbox.top);
        ctx.lineTo(x, bbox.top + bbox.height);
        ctx.stroke();
        ctx.restore();
      });
    }
  }), [builder, frames]);
  return null;
}
/** As Grafana's own panel prepares them: what is no number is a gap. */
const graphable = frame => ({...frame, fields: frame.fields.map(field => field.type !== 'number' ? field :
  {...field, values: field.values.map(value => Number.isFinite(value) ? value : null)})});
function Lines(props) {
  const {data, width, height, timeRange, timeZone, options} = props, theme = useTheme2();
  const frames = useMemo(() => data.series.map(graphable), [data.series]);
  if (empty(data)) return <Nothing {...props} />;
  return (
    <TimeSeries frames={frames} structureRev={data.structureRev} timeRange={timeRange} timeZone={timeZone} width={width}
                height={height} legend={options.legend} options={options}>
      {builder => <Marks builder={builder} frames={data.annotations ?? []} theme={theme} />}
    </TimeSeries>);
}
function Figures(props) {
  const {data, width, height, options, fieldConfig, replaceVariables, timeZone} = props, theme = useTheme2();
  if (empty(data)) return <Nothing {...props} />;
  const all = () => getFieldDisplayValues({fieldConfig, reduceOptions: options.reduceOptions, replaceVariables, theme, data: data.series,
                                           sparkline: options.graphMode !== 'none', percentChange: options.showPercentChange, timeZone});
  const one = ({value, alignmentFactors, width: w, height: h, count}) => (
    <BigValue value={value.display} count={count} sparkline={options.graphMode === 'none' ? undefined : value.sparkline} colorMode={options.colorMode}
              graphMode={options.graphMode} justifyMode={options.justifyMode} textMode={options.textMode === 'auto' && count === 1 ? 'value' : options.textMode}
              alignmentFactors={alignmentFactors} text={options.text} width={w} height={h} theme={theme} wideLayout={options.wideLayout}
              percentChangeColorMode={options.percentChangeColorMode} disableSanitizeHtml={false} />);
  return <VizRepeater getValues={all} getAlignmentFactors={getDisplayValueAlignmentFactors} renderValue={one} width={width} height={height}
                      source={data} itemSpacing={3} renderCounter={props.renderCounter} autoGrid
                      orientation={options.orientation === 'auto' ? VizOrientation.Auto : options.orientation} />;
}
function Rows(props) {
  const {data, width, height, options, fieldConfig, timeRange} = props;
  if (empty(data)) return <Nothing {...props} />;
  cacheFieldDisplayNames(data.series);
  return <TableNG data={data.series[options.frameIndex] ?? data.series[0]} width={width} height={height} noHeader={!options.showHeader}
                  showTypeIcons={options.showTypeIcons} sortBy={options.sortBy} cellHeight={options.cellHeight} enablePagination={options.enablePagination}
                  structureRev={data.structureRev} fieldConfig={fieldConfig} timeRange={timeRange} resizable transparent={false}
                  enableVirtualization={false} />;
}

function plugin(id, component, settings, standard = {}) {
  const one = new PanelPlugin(component);
  one.useFieldConfig({standardOptions: standard, useCustomConfig: own(settings)}).setDataSupport({annotations: id === 'timeseries', alertStates: false});
  one.meta = {id, name: id, type: 'panel', module: '', baseUrl: '', sort: 1, info: {version: '', links: [], screenshots: [], logos: {small: '', large: ''}}};
  return one;
}
export const PANELS = {
  timeseries: plugin('timeseries', Lines, GRAPH, {color: {defaultValue: {mode: 'palette-classic'}}}),
  stat: plugin('stat', Figures, {}),
  table: plugin('table', Rows, TABLE),
};
