using Platform.Cli.State;

namespace Platform.Cli.Servers;

/// <summary>ceph.conf of a one-node store that keeps objects in memory.</summary>
internal static class CephConfiguration
{
    public static string Write(string folder, PortBlock ports, Guid cluster) => $"""
        [global]
        fsid = {cluster}
        mon_initial_members = a
        mon_host = [v2:127.0.0.1:{ports.CephMonitor}]
        public_addr = 127.0.0.1
        cluster_addr = 127.0.0.1
        ms_bind_msgr1 = false
        ms_bind_port_min = {ports.CephFirst}
        ms_bind_port_max = {ports.CephLast}
        auth_cluster_required = cephx
        auth_service_required = cephx
        auth_client_required = cephx
        keyring = {folder}/keyring
        osd_pool_default_size = 1
        osd_pool_default_min_size = 1
        osd_pool_default_pg_num = 4
        osd_pool_default_pgp_num = 4
        osd_pool_default_pg_autoscale_mode = off
        osd_crush_chooseleaf_type = 0
        mon_allow_pool_size_one = true
        mon_max_pg_per_osd = 1000
        run_dir = {folder}/run
        admin_socket =
        log_file = {folder}/log/$name.log
        pid_file =
        crash_dir = {folder}/run
        [mon]
        mon_data = {folder}/mon
        mon_warn_on_pool_no_redundancy = false
        auth_allow_insecure_global_id_reclaim = false
        mon_data_avail_warn = 2
        mon_data_avail_crit = 1
        paxos_propose_interval = 0.05
        paxos_min_wait = 0.01
        [osd]
        osd_data = {folder}/osd
        osd_objectstore = memstore
        memstore_device_bytes = 2147483648
        osd_crush_initial_weight = 1
        osd_class_load_list = *
        osd_class_default_list = *
        [client.rgw]
        rgw_data = {folder}/rgw
        rgw_frontends = beast endpoint=127.0.0.1:{ports.S3} tcp_nodelay=1
        rgw_enable_usage_log = false
        rgw_thread_pool_size = 64
        rgw_run_sync_thread = false
        rgw_dns_name = localhost
        rgw_enable_apis = s3, admin

        """;
}
