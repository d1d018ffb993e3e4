(* gather and scatter backwards: a gather's adjoint is a scatter that adds, a scatter's is a gather. *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Pullback Require Import Base.Scalar Base.Index Base.Real Base.Axes Syntax Ops.Op Ops.Curve.
From Pullback Require Import Ops.Builder Ops.BuilderProof Ops.Source Ops.Gather Ops.Pointwise Ops.SliceProof.
From Pullback Require Import Ops.DynamicProof Ops.IndexingPlaces Ops.IndexingEmit Ops.IndexingDeriv
  Ops.IndexingBack.
Import ListNotations.
Open Scope R_scope.

(* ---- gather backwards ---- *)
Lemma some_inj {X} (a b : X) : Some a = Some b -> a = b.
Proof. congruence. Qed.
(* dx = the sum of dy over the copies of x: a scatter that adds to zeros *)
Lemma gather_vjp_correct n sizes o : vjp_spec (Gather n sizes o) (jvp_gather n sizes o) (ok_gather n sizes o).
Proof.
  intros needs ats rt tm outs vs ds dy T _ V LN LV LD St _.
  apply gather_typed in T as (e & si & sx & -> & L & S & ->). set (so := windows_shape n sx _).
  destruct needs as [|n0 [|n1 [|]]], vs as [|x [|v [|]]], ds as [|d [|dv [|]]]; try discriminate.
  set (y := sem Rscal (Gather n sizes o) _ _ _). cbn [vjp vjp_gather] in V. apply some_inj in V.
  set (m := emit_gather_back _ _ _ _ _ _) in V. replace tm with (fst (built 2 m)) by (rewrite V; auto).
  replace outs with (snd (built 2 m)) by (rewrite V; auto). clear V. apply pairing_built; auto.
  unfold m, emit_gather_back; clear m. cbn [snd].
  set (L0 := [x; v] ++ [y; dy]).
  assert (H1 : holds L0 (1%nat, (I32, sx)) v) by (split; simpl; auto; lia).
  assert (H3 : holds L0 (3%nat, (e, so)) dy) by (split; simpl; auto; lia).
  eapply wp_makes; [apply (makes_clamped n sx (lie_vector _ _ _ L) L0 _ v _ _ H1 eq_refl);
    apply (components_each n si sx _ L)|].
  intros j L1 X1 Tj Hj. eapply wp_makes; [apply makes_constant|]. intros z L2 X2 Tz Hz.
  eapply wp_makes; [apply makes_emit|]. intros r L3 X3 Tr Hr. apply wp_ret.
  cbn [map option_map pairing snd]. change (nth (fst r) L3 tz) with (value L3 r).
  set (pl := gather_place Rscal n sizes si (rank sx) v).
  change (jvp_gather n sizes o _ _ _ _) with (fun w => d (pl w)).
  assert (A : dotp so dy (fun w => d (pl w)) = dotp si (sum_over so pl dy) d).
  { apply copy_adjoint. intros w Hw. apply gather_place_inb; auto. }
  rewrite A. destruct n0.
  2:{ rewrite (St 0%nat eq_refl : d = tz), dotp_tz_r. destruct n1; ring. }
  replace (if n1 then 0 else 0) with 0 by (destruct n1; auto). rewrite !Rplus_0_r. apply dotp_ext; auto.
  intros i Hi. rewrite (holds_at L3 r _ si i Hr) by (auto; unfold vshape; rewrite Tr; auto).
  cbn [map sem0 snd]. rewrite Tz, Tj. cbn [snd]. rewrite scatter_add_at.
  assert (Hz' : holds L2 z (fun _ => sem_decimal Rscal dzero)) by auto.
  rewrite (holds_at L2 z _ si i Hz') by (auto; unfold vshape; rewrite Tz; auto).
  replace (sem_decimal Rscal dzero) with 0 by (simpl; lra). rewrite Rplus_0_l.
  unfold landed, sum_over, linapp. apply sum_ext. intros w Hw. apply in_indices in Hw.
  assert (Hd : holds L2 (3%nat, (e, so)) dy) by carry.
  match goal with |- (if _ then ?c else 0) = _ =>
    replace c with (dy w) by (symmetry; exact (holds_at L2 _ dy so w Hd eq_refl Hw)) end.
  assert (Hj' : holds L2 j (fun j => clamp (znth (map (fun _ => 0%Z) (n_map n)) (component n sx j))
     (znth (map (fun d => (znth si d - znth sizes d)%Z) (n_map n)) (component n sx j)) (v j))) by carry.
  pose proof (scatter_gather_place n sizes si sx v (value L2 j) w L S) as P. cbv zeta in P.
  rewrite P; auto; clear P.
  - fold pl. replace (ieqb i (pl w)) with (ieqb (pl w) i); auto.
    apply eq_true_iff_eq. rewrite !ieqb_eq. split; auto.
  - intros a Ha. pose proof (indexz_rank _ _ Ha) as K.
    rewrite (holds_at L2 j _ sx _ Hj').
    + rewrite (component_index_of n si sx) by auto. rewrite !znth_each by auto. reflexivity.
    + unfold vshape; rewrite Tj; auto.
    + apply (index_of_inb n si sx (pick (window_axes n (rank si)) sizes) L); auto.
Qed.

(* ---- scatter backwards ---- *)
(* What the operand gets: the cotangent, with zeros where updates replaced it. *)
Definition kept_cotangent (k : scatter_update) (su : shape) (pl : idx -> idx) (dy : tensor) : tensor :=
  fun i => match k with UAdd => dy i | UReplace => if hit su pl i then 0 else dy i end.
(* <dy, the scatter of d and f> = <what the operand gets, d> + <what the updates get, f> *)
Lemma scatter_adjoint k n si sx su v dy (d f : tensor) :
  let pl := scatter_place Rscal n si su (rank sx) v in
  (k = UReplace -> places_unique si su pl) ->
  dotp si dy (sem_scatter Rscal k n si sx su d v f)
  = dotp si (kept_cotangent k su pl dy) d + dotp su (taken si pl dy) f.
Proof.
  intros pl U. rewrite <- landed_adjoint. unfold dotp. rewrite <- sum_plus. apply sum_ext. intros i Hi.
  apply in_indices in Hi. unfold kept_cotangent. destruct k.
  - rewrite scatter_add_at. fold pl. ring.
  - rewrite scatter_replace_at by auto. fold pl. destruct (hit su pl i) eqn:E; [ring|].
    unfold landed. rewrite no_hit_sum by exact E. ring.
Qed.
(* The operand's part of the template. *)
Lemma wp_scattered k n o u e si sx su (v dy : tensor) L0 :
  let pl := scatter_place Rscal n si su (rank sx) v in
  (k = UReplace -> places_unique si su pl) ->
  (1 < length L0)%nat -> nth 1 L0 tz = v -> holds L0 (4%nat, (e, si)) dy ->
  wp (emit_scattered k n o u (e, si) (I32, sx) (e, su) (4%nat, (e, si))) L0
    (fun x L1 => extends L0 L1 /\ exists r, x = Some r /\ vshape r = si /\
       holds L1 r (kept_cotangent k su pl dy)).
Proof.
  intros pl U Ll Hv Hy. destruct k; unfold emit_scattered.
  - apply wp_ret. split; [apply extends_refl|]. exists (4%nat, (e, si)). auto.
  - eapply wp_makes; [apply makes_constant|]. intros z L1 X1 Tz Hz.
    eapply wp_makes; [apply makes_emit|]. intros r L2 X2 Tr Hr. apply wp_ret.
    split; [grows|]. exists r. assert (Sr : vshape r = si) by (unfold vshape; rewrite Tr; auto).
    splits; auto. refine (holds_ext _ _ _ _ _ Hr). rewrite Sr. intros i Hi. cbn [map sem0 snd].
    rewrite Tz. cbn [snd].
    assert (Y : nth 4 L1 tz i = dy i) by (apply (holds_at L1 (4%nat, (e, si)) dy si); auto; carry).
    assert (V : nth 1 L1 tz = v) by (destruct X1 as [E ->]; rewrite app_nth1; auto).
    match goal with |- sem_scatter _ _ _ _ _ _ ?c ?a _ i = _ =>
      change a with (nth 1 L1 tz); change c with (nth 4 L1 tz) end.
    rewrite V, scatter_replace_at by auto. fold pl. unfold kept_cotangent.
    destruct (hit su pl i); [|exact Y]. unfold landed. rewrite (sum_ext _ (fun _ => 0)). apply sum_0.
    intros w Hw. apply in_indices in Hw. destruct (ieqb (pl w) i); auto.
    rewrite (holds_at L1 z _ su w Hz) by (auto; unfold vshape; rewrite Tz; auto). simpl; lra.
Qed.
(* The updates' part. *)
Lemma wp_gathered n e si sx su (v dy f : tensor) L1 : lie n si sx -> shape_ok si = true ->
  su = windows_shape n sx (pick (n_offset n) su) ->
  (forall j, axis_of (n_offset n) j ->
    (znth su (znth (n_offset n) j) <= znth si (znth (window_axes n (rank si)) j))%Z) ->
  holds L1 (1%nat, (I32, sx)) v -> holds L1 (4%nat, (e, si)) dy ->
  wp (y <- emit_gathered n (e, si) (I32, sx) (e, su) (1%nat, (I32, sx)) (4%nat, (e, si)) ;; ret (Some y)) L1
    (fun y L2 => extends L1 L2 /\ exists r, y = Some r /\
       dotp su (nth (fst r) L2 tz) f = dotp su (taken si (scatter_place Rscal n si su (rank sx) v) dy) f).
Proof.
  intros L W S K Hv Hy. destruct (Z.eq_dec (numel si) 0) as [Z|N].
  - unfold emit_gathered. cbn [snd]. rewrite (proj2 (Z.eqb_eq _ _) Z).
    eapply wp_makes; [apply makes_constant|]. intros z L2 X2 Tz Hz. apply wp_ret. split; auto. exists z.
    split; auto. rewrite <- landed_adjoint, (dotp_empty si) by auto. rewrite <- (dotp_0_l su f).
    apply dotp_ext; auto. intros i Hi. transitivity (sem_decimal Rscal dzero); [|simpl; lra].
    apply (holds_at L2 z _ su i Hz); auto. unfold vshape; rewrite Tz; auto.
  - eapply wp_makes; [apply (makes_gathered n e si sx su v dy L W N S K L1 _ _ Hv eq_refl Hy eq_refl)|].
    intros r L2 X2 Tr Hr. apply wp_ret. split; auto. exists r. split; auto. apply dotp_ext; auto.
    intros i Hi. apply (holds_at L2 r _ su i Hr); auto. unfold vshape; rewrite Tr; auto.
Qed.
(* dx = dy, zeros where it was replaced; du = dy at the updates' places *)
Lemma scatter_vjp_correct k n o u : vjp_spec (Scatter k n o u) (jvp_scatter k n o u) (ok_scatter k n o u).
Proof.
  intros needs ats rt tm outs vs ds dy T _ V LN LV LD St Ok.
  apply scatter_typed in T as (e & si & sx & su & -> & -> & L & W & S & K).
  destruct needs as [|n0 [|n1 [|n2 [|]]]], vs as [|x [|v [|w [|]]]], ds as [|d [|dv [|f [|]]]]; try
    discriminate.
  set (y := sem Rscal (Scatter k n o u) _ _ _). cbn [vjp vjp_scatter] in V. apply some_inj in V.
  set (m := emit_scatter_back _ _ _ _ _ _ _ _ _ _) in V. replace tm with (fst (built 3 m)) by (rewrite V;
    auto).
  replace outs with (snd (built 3 m)) by (rewrite V; auto). clear V. apply pairing_built; auto.
  unfold m, emit_scatter_back; clear m. set (L0 := [x; v; w] ++ [y; dy]).
  assert (H1 : holds L0 (1%nat, (I32, sx)) v) by (split; simpl; auto; lia).
  assert (H4 : holds L0 (4%nat, (e, si)) dy) by (split; simpl; auto; lia).
  set (pl := scatter_place Rscal n si su (rank sx) v).
  assert (U : k = UReplace -> places_unique si su pl) by (intros ->; exact Ok).
  change (jvp_scatter k n o u _ _ _ _) with (sem_scatter Rscal k n si sx su d v f). cbn [snd].
  rewrite (scatter_adjoint k n si sx su v dy d f U). fold pl. cbv zeta. apply wp_bind.
  apply (wp_mono _ _ (fun a L1 => extends L0 L1 /\
    if n0 then exists r, a = Some r /\ vshape r = si /\ holds L1 r (kept_cotangent k su pl dy) else a =
      None)).
  { destruct n0.
    - apply wp_scattered; auto. simpl; lia.
    - apply wp_ret. split; auto. apply extends_refl. }
  intros a L1 [X1 A]. apply wp_bind.
  apply (wp_mono _ _ (fun b L2 => extends L1 L2 /\
    if n2 then exists r, b = Some r /\ dotp su (nth (fst r) L2 tz) f = dotp su (taken si pl dy) f else b =
      None)).
  { destruct n2.
    - apply wp_gathered; auto; carry.
    - apply wp_ret. split; auto. apply extends_refl. }
  intros b L2 [X2 B]. apply wp_ret. cbn [map pairing snd].
  assert (P0 : match n0, option_map fst a with true, Some k => dotp si (nth k L2 tz) d | _, _ => 0 end
    = dotp si (kept_cotangent k su pl dy) d).
  { destruct n0; [|rewrite (St 0%nat eq_refl : d = tz), dotp_tz_r; auto].
    destruct A as (r & -> & Sr & Hr). cbn [option_map]. apply dotp_ext; auto. intros i Hi.
    assert (Hr' := holds_extends _ _ _ _ X2 Hr). apply (holds_at L2 r _ si i Hr'); auto. }
  assert (P2 : match n2, option_map fst b with true, Some k => dotp su (nth k L2 tz) f | _, _ => 0 end
    = dotp su (taken si pl dy) f).
  { destruct n2; [|rewrite (St 2%nat eq_refl : f = tz), dotp_tz_r; auto]. destruct B as (r & -> & E). exact
    E. }
  rewrite P0, P2. cbn [option_map]. destruct n1; ring.
Qed.
