"""Which tests `make check` leaves out: they start a service, a browser or the whole program, or take long.

A test that is in no list and starts a service can be marked where it stands: `@pytest.mark.whole`.
"""

from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NOT_WHOLE = "not whole"
"""The `-m` of `make check`."""

SERVICES = frozenset(
    {"browser", "chain", "shared_chain", "cluster", "shared_cluster", "kubo", "shared_kubo", "shared_s3"}
)
"""Fixtures that start a service: who asks for one, however far below, is `whole`."""

WHOLE = (
    "app",
    "build",
    "cache/test_gc.py",
    "ci/test_run.py",
    "ci/test_forge.py",
    "ci/test_newest_commit.py",
    "ci/test_preview_pins.py",
    "ci/test_previews.py",
    "ci/test_server_files.py",
    "cli",
    "dag/test_against_kubo.py",
    "deploy",
    "devnet",
    "diff/test_diff_in_browser.py",
    "gateway/preview",
    "gateway/serve",
    "gateway/test_any_request.py",
    "gateway/test_gateway_names.py",
    "gateway/test_gateway_neighbours.py",
    "gateway/test_in_browser.py",
    "gateway/test_like_kubo.py",
    "intake",
    "names/ens/test_version2.py",
    "names/signers/test_new_keystore.py",
    "secrets/test_child_environment.py",
    "secrets/test_hosts.py",
    "secrets/test_published.py",
    "site/markdown/commonmark/test_growth.py",
    "site/markdown/shortcodes/test_any_calls.py",
    "site/markdown/test_growth.py",
    "site/test_without_private_parts.py",
    "stores/cluster/test_cluster.py",
    "stores/kubo/test_health.py",
    "stores/kubo/test_kubo.py",
    "stores/kubo/test_http_session.py",
    "stores/s3",
    "stores/upload",
    "project/test_bench_order.py",
    "test_determinism.py",
    "project/test_git_install.py",
    "test_pages_in_browser.py",
    "test_private_parts.py",
    "test_reproducible.py",
    "test_wheel.py",
)
"""Folders and files whose tests are all `whole`: they run the program, start services or build large sites."""

SLOW = frozenset(
    {
        "test_a_border_between_two_pieces_hides_nothing",
        "test_a_cluster_may_rest_while_it_takes_an_upload_as_long_as_it_may_be_silent",
        "test_a_diagram_is_safe_and_has_the_colours_of_both_schemes",
        "test_a_difference_completes_the_old_root_and_names_what_changed",
        "test_a_file_of_1024_chunks_and_of_one_byte_more",
        "test_a_folder_at_and_over_the_sharding_limit",
        "test_a_folder_that_grew_into_shards_shows_no_bucket",
        "test_a_gateway_that_sends_a_byte_at_a_time_is_given_up_after_the_whole_time",
        "test_a_head_that_comes_a_line_now_and_then_has_an_end",
        "test_a_large_block_is_read_once_whatever_is_asked_of_it",
        "test_a_large_block_of_dag_cbor_is_taken_apart_by_a_reading_thread_and_once",
        "test_a_list_is_cut_where_nobody_reads_on",
        "test_a_long_article_is_what_its_pieces_are",
        "test_a_macro_that_cannot_be_is_a_fault",
        "test_a_name_is_looked_up_though_all_who_read_wait_for_a_network",
        "test_a_name_without_a_value_is_no_fault_anywhere",
        "test_a_node_may_rest_while_it_takes_an_upload_as_long_as_it_may_be_silent",
        "test_a_node_with_dead_bootstrap_peers_and_a_dead_gateway_are_told_with_what_to_put_in_their_place",
        "test_a_path_thousands_deep_is_no_recursion",
        "test_a_receipt_of_another_transaction_is_nonsense",
        "test_a_server_that_fails_is_told",
        "test_a_text_of_any_depth_is_an_article_or_a_fault",
        "test_an_answer_that_comes_a_byte_now_and_then_has_an_end",
        "test_an_answer_without_end_is_not_read_into_memory",
        "test_an_edit_equals_a_clean_build",
        "test_an_end_point_that_answers_badly_is_named_and_the_next_is_asked",
        "test_any_bytes_give_an_article_or_problems",
        "test_any_page_can_be_read",
        "test_any_text_is_drawn_or_has_a_fault",
        "test_any_values_are_understood_or_told",
        "test_blocks_are_those_of_commonmark",
        "test_both_texts_can_be_read_back_from_a_difference_told_in_full",
        "test_broken_pages_take_time_by_their_length",
        "test_coloured_code_is_the_code",
        "test_damaged_nodes_are_malformed_and_nothing_else",
        "test_english_is_divided_the_same_beside_chinese",
        "test_every_byte_of_a_node_is_explained_once",
        "test_every_exception_of_the_client_has_a_name_of_ours",
        "test_every_formula_is_valid_or_has_a_fault_at_a_place_in_it",
        "test_every_import_is_asked_for_by_name",
        "test_every_piece_in_every_language",
        "test_every_setting_reaches_its_room",
        "test_guards_change_no_byte",
        "test_it_commits_by_itself_at_64_megabytes",
        "test_it_holds_exactly_when_what_was_read_is_the_same",
        "test_many_processes_write_at_once_and_all_is_there",
        "test_no_rule_is_left_out_that_would_match",
        "test_no_way_leads_from_a_value_to_its_place_in_memory",
        "test_one_edit_in_a_sharded_folder_of_6000_reads_only_its_way",
        "test_python_markdown_is_not_imported_for_this_flavour",
        "test_runs_are_equal_and_in_order_on_both_sides",
        "test_searching_takes_time_by_the_length_whatever_stands_there",
        "test_the_bytes_are_those_of_the_library",
        "test_the_embedded_chain_has_a_history_too",
        "test_the_embedded_chain_is_moved_like_a_real_one",
        "test_the_html_of_any_text_is_well_formed",
        "test_the_sharding_limit_is_crossed_both_ways",
        "test_the_short_way_for_plain_names_agrees_with_the_tables",
        "test_the_site_builds_without_a_problem",
        "test_the_tokens_are_those_of_the_library",
        "test_time_for_places_grows_as_the_article_does",
        "test_two_million_brackets_are_counted_and_not_climbed",
        "test_values_do_not_change",
        "test_what_is_here_does_not_wait_for_those_who_wait_for_a_network",
        "test_what_is_not_kubo_is_sent_nothing",
        "test_what_is_remembered_is_bounded",
        "test_what_needs_no_change_is_what_would_not_be_changed",
        "test_what_nobody_has_takes_a_bounded_memory",
        "test_what_was_rendered_before_leaves_no_trace",
        "test_whatever_an_end_point_lies_about_each_costs_one_transaction_and_no_more_than_was_shown",
        "test_whatever_happens_the_newest_wish_stays_and_each_costs_one_transaction",
        "test_whatever_happens_to_two_machines_the_newest_goal_stays_and_each_costs_one_transaction",
        "test_whatever_is_allowed_each_change_that_a_visitor_could_see_is_told_once",
        "test_whatever_json_comes_back_it_is_an_answer_or_one_of_our_errors",
        "test_who_takes_nothing_holds_one_block_and_little_more",
        "test_whoever_is_late_is_waited_for_only_while_nobody_has_answered",
        "test_without_the_library_a_diagram_is_code_and_a_warning_names_the_extra",
        "test_zeroes_anywhere_in_the_file_never_give_a_wrong_row",
    }
)
"""Tests that take more than a second each and stand among fast ones."""


@cache
def is_whole(path: Path) -> bool:
    """Whether all tests of a file or a folder are `whole`."""
    return any(map(path.is_relative_to, [HERE / name for name in WHOLE]))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Where nothing of a file would run it is not imported: a third of what collecting takes."""
    return True if config.option.markexpr == NOT_WHOLE and is_whole(collection_path) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what `make check` leaves out."""
    for item in items:
        wanted = SERVICES.intersection(getattr(item, "fixturenames", ()))
        name = item.name.partition("[")[0]
        if wanted or name in SLOW or is_whole(item.path):
            item.add_marker("whole")
