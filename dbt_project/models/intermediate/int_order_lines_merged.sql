{#- Order lines of all shops. 抖音: the export file and the API describe the SAME sub-orders; what the newer of the two says wins, and
    what it does not carry (buyer, room and creative only in the API; traffic labels only in the file) comes from the other. -#}
{{- config(materialized='keyed', key=['platform', 'sub_order_id']) -}}
{%- set touched -%}
    select platform, sub_order_id from {{ changes('stg_douyin__order_lines') }}
    union all
    select platform, sub_order_id from {{ changes('stg_douyin__api_order_lines') }}
    union all
    select platform, sub_order_id from {{ changes('stg_kuaishou__order_lines') }}
    union all
    select platform, sub_order_id from {{ changes('int_weixin_order_lines') }}
    union all
    select platform, sub_order_id from {{ changes('int_taobao_order_lines') }}
{%- endset -%}
{{- reopen(touched) -}}
{%- set both = order_line_columns('both') | list -%}
{%- set only_api = order_line_columns('only_api') | list -%}
{%- set only_file = order_line_columns('only_file') | list -%}
{%- set other_shops = [ref('stg_kuaishou__order_lines'), ref('int_weixin_order_lines'), ref('int_taobao_order_lines')] -%}
with file_lines as (
    select * from {{ ref('stg_douyin__order_lines') }}
    {{ only_reopened(['platform', 'sub_order_id']) }}
),

api_lines as (
    select * from {{ ref('stg_douyin__api_order_lines') }}
    {{ only_reopened(['platform', 'sub_order_id']) }}
),

-- Age first; at equal age the further state; then the API, which knows more.
joined as (
    select
        coalesce(file_lines.platform, api_lines.platform) as platform,
        coalesce(file_lines.sub_order_id, api_lines.sub_order_id) as sub_order_id,
        {% for column in both -%}
        file_lines.{{ column }} as file_{{ column }},
        api_lines.{{ column }} as api_{{ column }},
        {% endfor -%}
        {% for column in only_api -%}
        api_lines.{{ column }},
        {% endfor -%}
        {% for column in only_file -%}
        file_lines.{{ column }},
        {% endfor -%}
        file_lines.sub_order_id is not null as is_in_file,
        api_lines.sub_order_id is not null as is_in_api,
        case
            when api_lines.sub_order_id is null then false
            when file_lines.sub_order_id is null then true
            when api_lines.exported_at is null and file_lines.exported_at is not null then false
            when file_lines.exported_at is null and api_lines.exported_at is not null then true
            when api_lines.exported_at <> file_lines.exported_at then api_lines.exported_at > file_lines.exported_at
            else api_lines.status_rank >= file_lines.status_rank
        end as is_api_newer
    from file_lines
    full outer join api_lines
        on
            file_lines.platform = api_lines.platform
            and file_lines.sub_order_id = api_lines.sub_order_id
),

final as (
    select
        platform,
        sub_order_id,
        {% for column in both -%}
        case
            when is_api_newer then coalesce(api_{{ column }}, file_{{ column }})
            else coalesce(file_{{ column }}, api_{{ column }})
        end as {{ column }},
        {% endfor -%}
        {% for column in only_api + only_file -%}
        {{ column }},
        {% endfor -%}
        is_in_file,
        is_in_api
    from joined
    {%- for shop in other_shops %}
    union all
    select
        platform,
        sub_order_id,
        {% for column in both + only_api + only_file -%}
        {{ column }},
        {% endfor -%}
        true as is_in_file,
        false as is_in_api
    from {{ shop }}
    {{ only_reopened(['platform', 'sub_order_id']) }}
    {%- endfor %}
)

select * from final
