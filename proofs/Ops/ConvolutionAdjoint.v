(* A convolution's relation between result, input and kernel, read for the kernel's element and for the
   input's element: each is a convolution's again. No reals. *)
From Coq Require Import ZArith List Bool Lia.
From Pullback Require Import Base.Index Syntax Ops.Shape Base.Axes Ops.Source Ops.Sliding Ops.Convolution.
From Pullback Require Import Ops.ConvolutionGeometry Ops.Regroup.
Import ListNotations.
Open Scope Z_scope.

(* The relation: output feature, input feature, batch, window. *)
Lemma conv_rel_iff c sx sk o i k : let n := c_dims c in
  conv_rel c sx sk o i k = true <->
  znth o (c_output_feature n) = znth k (c_kernel_output n) /\
  znth i (c_input_feature n)
    = znth o (c_output_feature n) / (znth sk (c_kernel_output n) / c_features c) * znth sk (c_kernel_input n)
      + znth k (c_kernel_input n) /\
  znth i (c_input_batch n)
    = znth o (c_output_feature n) / (znth sk (c_kernel_output n) / c_batches c)
      * (znth sx (c_input_batch n) / c_batches c) + znth o (c_output_batch n) /\
  slidings_meet (conv_slidings c sx sk) (pick (c_output_spatial n) o) (pick (c_input_spatial n) i)
    (pick (c_kernel_spatial n) k) = true.
Proof. unfold conv_rel. rewrite !andb_true_iff, !Z.eqb_eq. tauto. Qed.
(* Spatial coordinates do not see what happens at other axes. *)
Lemma pick_other D i j : (forall a, In a D -> znth i a = znth j a) -> pick D i = pick D j.
Proof. apply map_ext_in. Qed.

(* The input cotangent's kernel is regrouped; so is its result, from batch groups. *)
Definition input_kernel_shape (c : conv) (sk : shape) : shape :=
  if grouped c then regroup_shape sk (c_kernel_output (c_dims c)) (c_kernel_input (c_dims c))
                      (Z.max (c_features c) (c_batches c)) else sk.
(* where its element k comes from *)
Definition input_kernel_source (c : conv) (sk : shape) (k : idx) : idx :=
  if grouped c then regroup_source sk (c_kernel_output (c_dims c)) (c_kernel_input (c_dims c))
                      (Z.max (c_features c) (c_batches c)) k else k.
(* the shape of the adjoint convolution's result *)
Definition input_result_shape (c : conv) (sx : shape) : shape :=
  if c_batches c =? 1 then sx
  else regroup_shape sx (c_input_batch (c_dims c)) (c_input_feature (c_dims c))
         (Z.max (c_features c) (c_batches c)).
(* where element i of the cotangent comes from in it *)
Definition input_result_source (c : conv) (sx : shape) (i : idx) : idx :=
  if c_batches c =? 1 then i
  else regroup_source (input_result_shape c sx) (c_input_batch (c_dims c)) (c_input_feature (c_dims c))
         (Z.max (c_features c) (c_batches c)) i.

(* Feature groups: q input and p output features each; ka, kc are the regrouped kernel's features. *)
Lemma feature_groups G p q C N F f i ob ib ka kc (M : Prop) : 0 < G -> 0 <= ka < G * q -> 0 <= kc < p ->
  0 <= f < F -> 0 <= i < C -> C = G * q ->
  (f = ka / q * p + kc /\ i = f / p * q + ka mod q /\ ib = f / F * N + ob /\ M <->
   i = ka /\ f = i / q * p + kc /\ ob = i / (G * q) * N + ib /\ M).
Proof.
  intros HG Ha Hc Hf Hi ->. assert (0 < q) by nia. rewrite (Z.div_small f F), (Z.div_small i (G * q)) by auto.
  pose proof (Z.div_mod ka q ltac:(lia)). split.
  - intros (E1 & E2 & E3 & HM). destruct (div_mod_unique f p _ _ Hc E1) as [D _]. rewrite D in E2.
    assert (E : i = ka) by lia. rewrite E. repeat split; auto; lia.
  - intros (-> & E2 & E3 & HM). destruct (div_mod_unique f p _ _ Hc E2) as [-> _].
    repeat split; auto; lia.
Qed.
(* Batch groups: m batch entries and p output features each; i is regrouped to (i / m) * q + its feature. *)
Lemma batch_groups G p q m N F f c ob ib ka kc (M : Prop) : 0 <= ka < G * q -> 0 <= kc < p ->
  0 <= f < F -> 0 <= c < q -> 0 <= ob < m -> 0 <= ib < N -> N = G * m ->
  (f = ka / q * p + kc /\ c = f / F * q + ka mod q /\ ib = f / p * m + ob /\ M <->
   ib / m * q + c = ka /\ f = (ib / m * q + c) / q * p + kc
   /\ ob = (ib / m * q + c) / (G * q) * m + ib mod m /\ M).
Proof.
  intros Ha Hc Hf Hi Hb Hn ->. rewrite (Z.div_small f F) by auto.
  destruct (div_mod_unique (ib / m * q + c) q _ _ Hi eq_refl) as [Dq Mq]. rewrite Dq.
  assert (0 <= ib / m < G) by (split; [apply Z.div_pos; lia|apply Z.div_lt_upper_bound; nia]).
  rewrite (Z.div_small (ib / m * q + c) (G * q)) by nia.
  pose proof (Z.div_mod ka q ltac:(lia)). split.
  - intros (E1 & E2 & E3 & HM). destruct (div_mod_unique f p _ _ Hc E1) as [D _]. rewrite D in E3.
    destruct (div_mod_unique ib m _ _ Hb E3) as [Dm Mm]. rewrite Dm, Mm. repeat split; auto; lia.
  - intros (E1 & E2 & E3 & HM). destruct (div_mod_unique f p _ _ Hc E2) as [-> _].
    rewrite E1 in Dq, Mq. rewrite Dq, Mq. pose proof (Z.div_mod ib m ltac:(lia)).
    repeat split; auto; lia.
Qed.

Section Adjoint.
  Variables (c : conv) (sx sk : shape).
  Hypothesis K : conv_ok c sx sk.
  Notation so := (conv_shape c sx sk).
  Notation dims := (c_dims c).
  Notation groups := (Z.max (c_features c) (c_batches c)).

  (* The kernel's axes are distinct and within its rank, *)
  Lemma kernel_axes : NoDup (c_kernel_spatial dims) /\ ~ In (c_kernel_output dims) (c_kernel_spatial dims)
    /\ ~ In (c_kernel_input dims) (c_kernel_spatial dims) /\ c_kernel_output dims <> c_kernel_input dims
    /\ 0 <= c_kernel_output dims < rank sk /\ 0 <= c_kernel_input dims < rank sk
    /\ in_axes (rank sk) (c_kernel_spatial dims).
  Proof.
    pose proof (ok_kernel_unique _ _ _ K) as U. pose proof (ok_kernel_range _ _ _ K) as R.
    inversion U; subst. inversion H2; subst. simpl in *. repeat split; auto; try tauto;
      try (apply R; simpl; auto; fail); intros E; apply H1; auto.
  Qed.
  (* the input's too, *)
  Lemma input_axes : ~ In (c_input_batch dims) (c_input_spatial dims)
    /\ ~ In (c_input_feature dims) (c_input_spatial dims) /\ c_input_batch dims <> c_input_feature dims
    /\ 0 <= c_input_batch dims < rank sx /\ 0 <= c_input_feature dims < rank sx
    /\ in_axes (rank sx) (c_input_spatial dims).
  Proof.
    pose proof (ok_input_unique _ _ _ K) as U. pose proof (ok_input_range _ _ _ K) as R.
    inversion U; subst. inversion H2; subst. simpl in *. repeat split; auto; try tauto;
      try (apply R; simpl; auto; fail); intros E; apply H1; auto.
  Qed.
  (* and the result's. *)
  Lemma output_axes : 0 <= c_output_batch dims < rank so /\ 0 <= c_output_feature dims < rank so.
  Proof. rewrite conv_shape_rank. split; apply (ok_output_range _ _ _ K); simpl; auto. Qed.

  (* Solved for the kernel's element k: the input's features are the batch, the result is the kernel. *)
  Theorem toeplitz_kernel o i k : inb sk k = true ->
    conv_rel c sx sk o i k = conv_rel (kernel_adjoint c sx sk) sx so (kernel_source c sk true k) i o.
  Proof.
    intros Hk. destruct kernel_axes as (N & No & Ni & _ & Ro & Ri & R).
    apply eq_true_iff_eq. rewrite !conv_rel_iff. cbn [kernel_adjoint c_dims c_features c_batches
      c_input_batch c_input_feature c_input_spatial c_kernel_input c_kernel_output c_kernel_spatial
      c_output_batch c_output_feature c_output_spatial].
    rewrite !kernel_source_other, (conv_shape_batch _ _ _ K), (conv_shape_feature _ _ _ K) by auto.
    unfold conv_slidings. cbn [kernel_adjoint c_dims c_window c_input_spatial c_kernel_spatial].
    unfold conv_slidings.
    rewrite <- (all_kernel_meet sx sk o i k) by
      (try apply K; intros v b Hb; rewrite (kernel_source_spatial c sk true k N R Hk v b Hb);
       destruct (c_reversal v); auto).
    rewrite (ok_channels _ _ _ K). intuition congruence.
  Qed.

  (* ---- solved for the input's element i ---- *)
  Lemma grouped_cases : (grouped c = false /\ c_features c = 1 /\ c_batches c = 1)
    \/ (grouped c = true /\ groups = c_features c /\ c_batches c = 1)
    \/ (grouped c = true /\ groups = c_batches c /\ c_batches c <> 1 /\ c_features c = 1).
  Proof.
    destruct K. unfold grouped. destruct (Z.ltb_spec 1 (c_features c)), (Z.ltb_spec 1 (c_batches c));
      simpl; lia.
  Qed.
  (* There is a group. *)
  Lemma groups_positive : 0 < groups.
  Proof. destruct K; lia. Qed.
  (* c15, c16 in one *)
  Lemma groups_divide_outputs : znth sk (c_kernel_output dims) mod groups = 0.
  Proof. destruct K. destruct (Z.max_spec (c_features c) (c_batches c)) as [[_ ->]|[_ ->]]; auto. Qed.
  (* c10 *)
  Lemma groups_divide_batch : c_batches c <> 1 -> znth sx (c_input_batch dims) mod groups = 0.
  Proof. intros H. destruct grouped_cases as [?|[?|(_ & -> & _)]]; try tauto. apply K. Qed.

  (* Regrouping keeps the rank, *)
  Lemma rank_input_kernel_shape : rank (input_kernel_shape c sk) = rank sk.
  Proof.
    destruct kernel_axes as (_ & _ & _ & _ & Ro & Ri & _).
    unfold input_kernel_shape. destruct (grouped c); auto. apply rank_regroup_shape; auto.
  Qed.
  (* the spatial extents *)
  Lemma input_kernel_shape_spatial b : In b (c_kernel_spatial dims) ->
    znth (input_kernel_shape c sk) b = znth sk b.
  Proof.
    intros H. destruct kernel_axes as (_ & No & Ni & D & Ro & Ri & R). specialize (R b H).
    unfold input_kernel_shape. destruct (grouped c); auto. rewrite znth_regroup_shape by (auto; lia).
    destruct (Z.eqb_spec b (c_kernel_input dims)); [congruence|].
    destruct (Z.eqb_spec b (c_kernel_output dims)); congruence.
  Qed.

  Section Element.
    Variables (o i k' : idx).
    Hypotheses (Ho : inb so o = true) (Hi : inb sx i = true)
      (Hk : inb (input_kernel_shape c sk) k' = true).
    Notation k1 := (kernel_source c (input_kernel_shape c sk) false k').
    Notation k := (input_kernel_source c sk k1).

    (* and the spatial coordinates *)
    Lemma input_kernel_spatial b : In b (c_kernel_spatial dims) -> znth k b = znth k1 b.
    Proof.
      intros H. destruct kernel_axes as (_ & No & Ni & D & Ro & Ri & R). specialize (R b H).
      pose proof (kernel_source_inb c _ false k' Hk) as J.
      unfold input_kernel_source, input_kernel_shape in *. destruct (grouped c); auto.
      rewrite znth_regroup_source by (auto; lia).
      destruct (Z.eqb_spec b (c_kernel_input dims)); [congruence|].
      destruct (Z.eqb_spec b (c_kernel_output dims)); congruence.
    Qed.
    (* in kernel and result. *)
    Lemma input_result_spatial b : In b (c_input_spatial dims) ->
      znth (input_result_source c sx i) b = znth i b.
    Proof.
      intros H. destruct input_axes as (Nb & Nf & D & Rb & Rf & R). specialize (R b H).
      unfold input_result_source, input_result_shape. destruct (Z.eqb_spec (c_batches c) 1); auto.
      pose proof groups_positive as G. pose proof (groups_divide_batch n) as Dv.
      rewrite (znth_regroup_source (regroup_shape sx (c_input_batch dims) (c_input_feature dims) groups));
        rewrite ?rank_regroup_shape; auto; try lia.
      - destruct (Z.eqb_spec b (c_input_feature dims)); [congruence|].
        destruct (Z.eqb_spec b (c_input_batch dims)); congruence.
      - rewrite regroup_shape_back; auto.
    Qed.
    (* The windows meet where those of the adjoint do. *)
    Lemma input_slidings_meet :
      slidings_meet (conv_slidings c sx sk) (pick (c_output_spatial dims) o) (pick (c_input_spatial dims) i)
        (pick (c_kernel_spatial dims) k)
      = slidings_meet (conv_slidings (input_adjoint c sx sk) so (input_kernel_shape c sk))
          (pick (c_input_spatial dims) (input_result_source c sx i)) (pick (c_output_spatial dims) o)
          (pick (c_kernel_spatial dims) k').
    Proof.
      destruct kernel_axes as (N & _ & _ & _ & _ & _ & R). unfold conv_slidings.
      cbn [input_adjoint c_dims c_window c_input_spatial c_kernel_spatial].
    unfold conv_slidings.
      rewrite (pick_other _ _ i input_result_spatial).
      apply all_input_meet; try apply K. apply input_kernel_shape_spatial.
      intros v b H. pose proof (in_combine_r _ _ _ _ H) as Hb. rewrite input_kernel_spatial by auto.
      rewrite (kernel_source_spatial c _ false k' N ltac:(rewrite rank_input_kernel_shape; auto) Hk v b H).
      rewrite input_kernel_shape_spatial by auto. destruct (c_reversal v); auto.
    Qed.


    (* Solved for the input's element i: the cotangent convolved with the regrouped, reversed kernel. *)
    Theorem toeplitz_input :
      conv_rel c sx sk o i k
      = conv_rel (input_adjoint c sx sk) so (input_kernel_shape c sk) (input_result_source c sx i) o k'.
    Proof.
      destruct kernel_axes as (N & No & Ni & Dk & Ro & Ri & R).
      destruct input_axes as (_ & _ & Di & Rb & Rf & _). destruct output_axes as (Rob & Rof).
      pose proof (conv_shape_batch _ _ _ K) as Eb. pose proof (conv_shape_feature _ _ _ K) as Ef.
      pose proof (ok_channels _ _ _ K) as Ec.
      pose proof (inb_at _ _ _ Ho Rob) as Bob. pose proof (inb_at _ _ _ Ho Rof) as Bof.
      pose proof (inb_at _ _ _ Hi Rb) as Bib. pose proof (inb_at _ _ _ Hi Rf) as Bif.
      assert (Rk : rank (input_kernel_shape c sk) = rank sk) by apply rank_input_kernel_shape.
      pose proof (inb_at _ _ (c_kernel_output dims) Hk ltac:(lia)) as Bko.
      pose proof (inb_at _ _ (c_kernel_input dims) Hk ltac:(lia)) as Bki.
      assert (Ko : znth k1 (c_kernel_output dims) = znth k' (c_kernel_output dims))
        by (apply kernel_source_other; auto; lia).
      assert (Ki : znth k1 (c_kernel_input dims) = znth k' (c_kernel_input dims))
        by (apply kernel_source_other; auto; lia).
      pose proof groups_positive as G. pose proof groups_divide_outputs as Dg.
      pose proof (kernel_source_inb c _ false k' Hk) as J.
      apply eq_true_iff_eq. rewrite !conv_rel_iff, input_slidings_meet.
      cbn [input_adjoint c_dims c_features c_batches
        c_input_batch c_input_feature c_input_spatial c_kernel_input c_kernel_output c_kernel_spatial
        c_output_batch c_output_feature c_output_spatial].
      rewrite Eb in *. rewrite Ef in *. set (M := slidings_meet _ _ _ _ = true). clearbody M.
      destruct grouped_cases as [(Eg & E1 & E2)|[(Eg & E1 & E2)|(Eg & E1 & E2 & E3)]];
        unfold input_kernel_source, input_result_source, input_kernel_shape, input_result_shape in *;
        rewrite ?Eg in *.
      - rewrite E1, E2 in *. cbn [Z.eqb Pos.eqb] in *. rewrite !Z.div_1_r in *. rewrite Ec in *.
        rewrite Ko, Ki, !(Z.div_small (znth o _)), !(Z.div_small (znth i _)) by auto. intuition lia.
      - rewrite E1, E2 in *. cbn [Z.eqb Pos.eqb] in *. rewrite !Z.div_1_r in *.
        rewrite regrouped_at_a in * by auto. rewrite regrouped_at_c in * by auto.
        rewrite (regroup_source_at_a sk), (regroup_source_at_c sk), Ko, Ki by auto.
        rewrite (Z.mul_comm (c_features c) (znth sk _)), Z.div_mul, (Z.mul_comm _ (c_features c)) by lia.
        apply (feature_groups _ _ _ (znth sx (c_input_feature dims))); auto.
        rewrite Ec. apply Z.div_exact; [lia|apply K].
      - rewrite E1, E3 in *. destruct (Z.eqb_spec (c_batches c) 1); [tauto|]. rewrite !Z.div_1_r in *.
        pose proof (groups_divide_batch E2) as Db. rewrite E3, E1 in Db.
        assert (Ji : inb (regroup_shape (regroup_shape sx (c_input_batch dims) (c_input_feature dims)
          (c_batches c)) (c_input_batch dims) (c_input_feature dims) (c_batches c)) i = true)
          by (rewrite regroup_shape_back; auto).
        rewrite (regroup_source_at_a (regroup_shape sx _ _ _)), (regroup_source_at_c (regroup_shape sx _ _ _))
          by (rewrite ?rank_regroup_shape, ?regrouped_divides; auto).
        rewrite regrouped_at_a in * by auto. rewrite regrouped_at_c in * by auto.
        rewrite regrouped_at_a, regrouped_at_c by auto.
        rewrite (regroup_source_at_a sk), (regroup_source_at_c sk), Ko, Ki by auto.
        rewrite !(Z.mul_comm (c_batches c) (znth _ _)), !Z.div_mul, !(Z.mul_comm _ (c_batches c)) by lia.
        rewrite <- Ec in *. apply (batch_groups _ _ _ _ (znth sx (c_input_batch dims))); auto; try lia.
        apply Z.div_exact; lia.
    Qed.
  End Element.

  (* A convolution is a sparse Toeplitz matrix, and so are both of its adjoints. *)
  Theorem toeplitz_trick o i : inb so o = true -> inb sx i = true ->
    (forall k, inb sk k = true ->
      conv_rel c sx sk o i k = conv_rel (kernel_adjoint c sx sk) sx so (kernel_source c sk true k) i o)
    /\ (forall k', inb (input_kernel_shape c sk) k' = true ->
      conv_rel c sx sk o i (input_kernel_source c sk (kernel_source c (input_kernel_shape c sk) false k'))
      = conv_rel (input_adjoint c sx sk) so (input_kernel_shape c sk) (input_result_source c sx i) o k').
  Proof. intros Ho Hi. split. intros; apply toeplitz_kernel; auto. intros; apply toeplitz_input; auto. Qed.
  (* The regrouped and reversed kernel's elements are the kernel's, in another order. *)
  Lemma input_kernel_bijection :
    (forall k', inb (input_kernel_shape c sk) k' = true ->
      inb sk (input_kernel_source c sk (kernel_source c (input_kernel_shape c sk) false k')) = true) /\
    exists back, (forall k, inb sk k = true -> inb (input_kernel_shape c sk) (back k) = true
      /\ input_kernel_source c sk (kernel_source c (input_kernel_shape c sk) false (back k)) = k) /\
    forall k', inb (input_kernel_shape c sk) k' = true ->
      back (input_kernel_source c sk (kernel_source c (input_kernel_shape c sk) false k')) = k'.
  Proof.
    destruct kernel_axes as (_ & _ & _ & D & Ro & Ri & _).
    pose proof groups_positive as G. pose proof groups_divide_outputs as Dg.
    unfold input_kernel_shape, input_kernel_source. destruct (grouped c).
    - set (s := regroup_shape sk _ _ _).
      assert (Es : regroup_shape s (c_kernel_output dims) (c_kernel_input dims) groups = sk)
        by (apply regroup_shape_back; auto).
      assert (Rs : rank s = rank sk) by (apply rank_regroup_shape; auto).
      assert (Ds : znth s (c_kernel_output dims) mod groups = 0) by (apply regrouped_divides; auto).
      split; [|exists (fun k => kernel_source c s false
                  (regroup_source s (c_kernel_output dims) (c_kernel_input dims) groups k)); split].
      + intros k' H. apply regroup_source_inb; auto. apply kernel_source_inb; auto.
      + intros k H.
        assert (I : inb s (regroup_source s (c_kernel_output dims) (c_kernel_input dims) groups k) = true)
          by (apply regroup_source_inb; rewrite ?Rs, ?Es; auto).
        split. apply kernel_source_inb; auto. rewrite kernel_source_back by auto.
        apply regroup_source_back; auto.
      + intros k' H. pose proof (kernel_source_inb c s false k' H) as I.
        generalize (regroup_source_back s (c_kernel_output dims) (c_kernel_input dims) groups
          ltac:(lia) ltac:(lia) D G Ds _ I). rewrite Es. intros ->. apply kernel_source_back; auto.
    - split; [intros; apply kernel_source_inb; auto|exists (kernel_source c sk false); split]; intros.
      + split. apply kernel_source_inb; auto. apply kernel_source_back; auto.
      + apply kernel_source_back; auto.
  Qed.
End Adjoint.
