{# What a step of the funnel lost against its own past, in GMV: (benchmark rate x bottom - top) x GMV per unit of top. top and bottom
   are of the row, past_top, past_bottom and past_gmv their sums over what is compared with; null without a past. #}
{% macro lost_at_benchmark() -%}
greatest(past_top / nullif(past_bottom, 0) * bottom - top, 0) * past_gmv / nullif(past_top, 0)
{%- endmacro %}
